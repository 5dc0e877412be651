import json
import urllib.request


def notify(channel, text):
    """Posts a line to a chat channel; never fails a pipeline."""
    url = dbutils.secrets.get("systems", "chat-webhook")
    body = json.dumps({"channel": channel, "text": text}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10)
    except OSError as error:
        print(f"could not tell {channel}: {error}")
