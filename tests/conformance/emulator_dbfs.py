"""The part of the emulator that keeps the files of DBFS."""

import base64

from emulator import Refused, missing

MEGABYTE = 1024 * 1024


class Dbfs:
    """A folder is None, a file its content and when it was written."""

    CALLS = [
        ("GET", "/api/2.0/dbfs/list", "dbfs_list"),
        ("GET", "/api/2.0/dbfs/get-status", "dbfs_status"),
        ("GET", "/api/2.0/dbfs/read", "dbfs_read"),
        ("POST", "/api/2.0/dbfs/put", "dbfs_put"),
        ("POST", "/api/2.0/dbfs/create", "dbfs_create"),
        ("POST", "/api/2.0/dbfs/add-block", "dbfs_block"),
        ("POST", "/api/2.0/dbfs/close", "dbfs_close"),
        ("POST", "/api/2.0/dbfs/mkdirs", "dbfs_mkdirs"),
        ("POST", "/api/2.0/dbfs/move", "dbfs_move"),
        ("POST", "/api/2.0/dbfs/delete", "dbfs_delete"),
    ]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.dbfs: dict[str, tuple[bytes, int] | None] = {"/": None}
        self.handles: dict[int, str] = {}

    def put_dbfs(self, path: str, content: bytes):
        """Writes a file, and the folders above it."""
        self._dbfs_folders(path.rpartition("/")[0])
        self.dbfs[path] = content, self.now()

    def dbfs_list(self, query, body):
        path = self._dbfs_path(query["path"])
        below = [other for other in self.dbfs if other != "/" and (other.rpartition("/")[0] or "/") == path]
        if path not in self.dbfs:
            raise missing(f"No file or directory exists on path {path}.")
        return {"files": [self._dbfs_told(other) for other in (below if self.dbfs[path] is None else [path])]}

    def dbfs_status(self, query, body):
        return self._dbfs_told(self._dbfs_known(query["path"]))

    def dbfs_read(self, query, body):
        content = self.dbfs[self._dbfs_known(query["path"])]
        if content is None:
            raise Refused(400, "INVALID_PARAMETER_VALUE", "Cannot read from a directory.")
        offset, length = int(query.get("offset", 0)), int(query.get("length", MEGABYTE // 2))
        if length > MEGABYTE:
            raise Refused(400, "MAX_READ_SIZE_EXCEEDED", "The length exceeds the maximum of 1MB.")
        part = content[0][offset : offset + length]
        return {"bytes_read": len(part), "data": base64.b64encode(part).decode()}

    def dbfs_put(self, query, body):
        self._dbfs_free(body)
        self.put_dbfs(self._dbfs_path(body["path"]), self._dbfs_data(body["contents"]))
        return {}

    def dbfs_create(self, query, body):
        self._dbfs_free(body)
        handle = self.new_id()
        self.handles[handle] = self._dbfs_path(body["path"])
        self.put_dbfs(self.handles[handle], b"")
        return {"handle": handle}

    def dbfs_block(self, query, body):
        path = self._dbfs_handle(body)
        self.put_dbfs(path, self.dbfs[path][0] + self._dbfs_data(body["data"]))
        return {}

    def dbfs_close(self, query, body):
        self._dbfs_handle(body)
        del self.handles[body["handle"]]
        return {}

    def dbfs_mkdirs(self, query, body):
        self._dbfs_folders(self._dbfs_path(body["path"]))
        return {}

    def dbfs_move(self, query, body):
        source, destination = self._dbfs_known(body["source_path"]), self._dbfs_path(body["destination_path"])
        if destination in self.dbfs:
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"{destination} exists")
        for path in [path for path in self.dbfs if path == source or path.startswith(source + "/")]:
            self.dbfs[destination + path.removeprefix(source)] = self.dbfs.pop(path)
        return {}

    def dbfs_delete(self, query, body):
        path = self._dbfs_path(body["path"])
        below = [other for other in self.dbfs if other.startswith(path + "/")]
        if below and not body.get("recursive"):
            raise Refused(400, "IO_ERROR", "The directory is not empty")
        for other in [path, *below]:
            self.dbfs.pop(other, None)
        return {}

    def _dbfs_path(self, path: str) -> str:
        return path.removeprefix("dbfs:").rstrip("/") or "/"

    def _dbfs_known(self, path: str) -> str:
        path = self._dbfs_path(path)
        if path not in self.dbfs:
            raise missing(f"No file or directory exists on path {path}.")
        return path

    def _dbfs_free(self, body: dict):
        if self._dbfs_path(body["path"]) in self.dbfs and not body.get("overwrite"):
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"A file or directory already exists at {body['path']}")

    def _dbfs_handle(self, body: dict) -> str:
        if body["handle"] not in self.handles:
            raise missing(f"No such handle {body['handle']}")
        return self.handles[body["handle"]]

    def _dbfs_data(self, data: str) -> bytes:
        content = base64.b64decode(data, validate=True)
        if len(content) > MEGABYTE:
            raise Refused(400, "MAX_BLOCK_SIZE_EXCEEDED", "The block exceeds the maximum of 1MB.")
        return content

    def _dbfs_folders(self, path: str):
        parts = [part for part in path.split("/") if part]
        for end in range(len(parts)):
            self.dbfs.setdefault("/" + "/".join(parts[: end + 1]))

    def _dbfs_told(self, path: str) -> dict:
        content, when = self.dbfs[path] or (b"", 0)
        return {"path": path, "is_dir": self.dbfs[path] is None, "file_size": len(content), "modification_time": when}
