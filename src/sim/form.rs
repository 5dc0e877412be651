//! Bodies of type `multipart/form-data`.

use bytes::Bytes;

use super::http::{Form, Refusal};

/// Reads a form; `content_type` says what separates its parts.
///
/// # Errors
/// 400 when the separator, a part's name or the end is missing.
pub(super) fn read(content_type: &str, body: &Bytes) -> Result<Form, Refusal> {
    let broken = || Refusal::invalid("Malformed multipart/form-data body");
    let boundary = content_type
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))
        .map(|boundary| boundary.trim_matches('"'))
        .filter(|boundary| !boundary.is_empty())
        .ok_or_else(broken)?;
    let delimiter = format!("\r\n--{boundary}");
    let first = format!("--{boundary}");
    if !body.starts_with(first.as_bytes()) {
        return Err(broken());
    }
    let mut form = Form::default();
    let mut at = first.len();
    loop {
        if body[at..].starts_with(b"--") {
            return Ok(form);
        }
        let start = at + find(&body[at..], b"\r\n").ok_or_else(broken)? + 2;
        let end = start + find(&body[start..], delimiter.as_bytes()).ok_or_else(broken)?;
        let head_end = find(&body[start..end], b"\r\n\r\n").ok_or_else(broken)?;
        let head = String::from_utf8_lossy(&body[start..start + head_end]);
        let name = part_name(&head).ok_or_else(broken)?;
        form.parts.insert(name, body.slice(start + head_end + 4..end));
        at = end + delimiter.len();
    }
}

fn part_name(head: &str) -> Option<String> {
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some(name.trim_matches('"').to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_and_bytes_kept() {
        let body = Bytes::from_static(
            b"--XY\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/a\r\n--XY\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\r\n\xff\r\n--XY--\r\n",
        );
        let form = read("multipart/form-data; boundary=XY", &body).unwrap();
        assert_eq!(form.text("path"), Some("/a"));
        assert_eq!(&form.parts["content"][..], b"\x00\r\n\xff");
        assert!(read("multipart/form-data", &body).is_err());
        assert!(read("multipart/form-data; boundary=XY", &body.slice(..40)).is_err());
    }
}
