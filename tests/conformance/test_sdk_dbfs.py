"""DBFS, as the vendor's SDK writes, reads, lists, moves and deletes in it."""

import base64
import io

import pytest
from databricks.sdk.errors import BadRequest, NotFound, ResourceAlreadyExists

BLOCK = 1024 * 1024


def paths(sdk, folder, **how):
    return sorted(one.path for one in sdk.dbfs.list(folder, **how))


def test_a_file_of_several_blocks_comes_back(sdk):
    content = bytes(range(256)) * 10_000
    assert len(content) > 2 * BLOCK
    sdk.dbfs.upload("/FileStore/jars/big.jar", io.BytesIO(content))
    with sdk.dbfs.download("/FileStore/jars/big.jar") as download:
        assert download.read() == content
    status = sdk.dbfs.get_status("dbfs:/FileStore/jars/big.jar")
    assert (status.path, status.is_dir, status.file_size) == ("/FileStore/jars/big.jar", False, len(content))
    assert status.modification_time > 0


def test_only_an_overwrite_takes_the_place_of_a_file(sdk):
    with sdk.dbfs.open("/a.txt", write=True) as file:
        file.write(b"one")
    with pytest.raises(ResourceAlreadyExists):
        sdk.dbfs.open("/a.txt", write=True)
    with sdk.dbfs.open("/a.txt", write=True, overwrite=True) as file:
        file.write(b"two")
    assert sdk.dbfs.open("/a.txt", read=True).read() == b"two"
    sdk.dbfs.put("/a.txt", contents=base64.b64encode(b"three").decode(), overwrite=True)
    assert sdk.dbfs.open("/a.txt", read=True).read() == b"three"


def test_blocks_have_a_largest_size(sdk):
    handle = sdk.dbfs.create("/big").handle
    for call in (
        lambda data: sdk.dbfs.add_block(handle, data),
        lambda data: sdk.dbfs.put("/other", contents=data),
    ):
        with pytest.raises(BadRequest) as refused:
            call(base64.b64encode(bytes(BLOCK + 1)).decode())
        assert refused.value.error_code == "MAX_BLOCK_SIZE_EXCEEDED"
    with pytest.raises(BadRequest) as refused:
        sdk.dbfs.read("/big", length=BLOCK + 1)
    assert refused.value.error_code == "MAX_READ_SIZE_EXCEEDED"
    sdk.dbfs.close(handle)
    with pytest.raises(NotFound):
        sdk.dbfs.close(handle)


def test_folders_are_walked(sdk):
    sdk.dbfs.mkdirs("/x/empty")
    for path in ("/x/a", "/x/y/b", "/x/y/z/c"):
        sdk.dbfs.upload(path, io.BytesIO(b"1"))
    assert paths(sdk, "/x", recursive=True) == ["/x/a", "/x/y/b", "/x/y/z/c"]
    assert paths(sdk, "/x/y/b") == ["/x/y/b"]
    assert sdk.dbfs.exists("/x/empty") and not sdk.dbfs.exists("/x/none")


def test_files_are_copied_moved_and_deleted(sdk, tmp_path):
    sdk.dbfs.mkdirs("/x")
    (tmp_path / "local").write_bytes(b"local")
    sdk.dbfs.copy(f"file:{tmp_path}/local", "/x/remote")
    sdk.dbfs.move_("/x", "/y")
    assert sdk.dbfs.open("/y/remote", read=True).read() == b"local"
    with pytest.raises(BadRequest) as refused:
        sdk.api_client.do("POST", "/api/2.0/dbfs/delete", body={"path": "/y"})
    assert refused.value.error_code == "IO_ERROR"
    sdk.dbfs.delete("/y", recursive=True)
    with pytest.raises(NotFound):
        sdk.dbfs.get_status("/y")
