"""Input that is broken, hostile or simply something else: refused with the file, the reason and what to do."""

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gitops_master.adapters.snapshot import SnapshotReader, limits
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.cluster import ReadPlan

ALL = ReadPlan(frozenset({"*"}))
STAGE = (
    "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\n"
    "metadata: {name: dev, namespace: demo, creationTimestamp: '2026-01-01T00:00:00Z'}\n"
)
STAGE_JSON = (
    '{"apiVersion":"kargo.akuity.io/v1alpha1","kind":"Stage",'
    '"metadata":{"name":"dev","namespace":"demo","creationTimestamp":"2026-01-01T00:00:00Z"}}'
)

Build = Callable[[Path], Path]


async def read(path: Path) -> Snapshot:
    return await SnapshotReader(path).read(ALL, deadline_s=10)


def file(name: str, content: str | bytes) -> Build:
    def build(tmp: Path) -> Path:
        path = tmp / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return build


def folder(**files: str | bytes) -> Build:
    """Keyword names with `__` for a dot."""

    def build(tmp: Path) -> Path:
        root = tmp / "saved"
        root.mkdir()
        for name, content in files.items():
            (root / name.replace("__", ".")).write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return build


def index(text: str) -> Build:
    return folder(stage__yaml=STAGE, snapshot__yaml=text)


def tar_bytes(*entries: tarfile.TarInfo, mode: str = "w:gz", content: bytes = STAGE.encode()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for entry in entries:
            if entry.isreg():
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def entry(name: str, type_: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type_, link
    return info


def tar(*entries: tarfile.TarInfo) -> Build:
    return file("saved.tar.gz", tar_bytes(*entries))


def cut(name: str, whole: bytes, part: float = 0.5) -> Build:
    return file(name, whole[: int(len(whole) * part)])


def zip_bytes(name: str = "stage.yaml", content: str = STAGE, mode: int = stat.S_IFREG | 0o644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        packed.writestr(info, content)
    return buffer.getvalue()


def damaged_zip() -> bytes:
    """The stored content no longer has the checksum that the directory tells."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("stage.yaml", STAGE)
    return buffer.getvalue().replace(b"name: dev", b"name: prd")


def encrypted_zip() -> bytes:
    data = bytearray(zip_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def sparse(tmp: Path) -> Path:
    path = tmp / "huge.yaml"
    with path.open("wb") as handle:
        handle.truncate(2 * 1024 * limits.MIB)
    return path


def fifo(tmp: Path) -> Path:
    os.mkfifo(tmp / "pipe.yaml")
    return tmp / "pipe.yaml"


def folder_with_fifo(tmp: Path) -> Path:
    fifo(folder(stage__yaml=STAGE)(tmp))
    return tmp


def link_outside(tmp: Path) -> Path:
    (tmp / "elsewhere.yaml").write_text(STAGE)
    root = folder(stage__yaml=STAGE)(tmp)
    (root / "linked.yaml").symlink_to(tmp / "elsewhere.yaml")
    return root


def folder_link_outside(tmp: Path) -> Path:
    (tmp / "elsewhere").mkdir()
    root = folder(stage__yaml=STAGE)(tmp)
    (root / "linked").symlink_to(tmp / "elsewhere")
    return root


def link_to_itself(tmp: Path) -> Path:
    root = folder(stage__yaml=STAGE)(tmp)
    (root / "loop.yaml").symlink_to(root / "loop.yaml")
    return root


def dangling_link(tmp: Path) -> Path:
    root = folder(stage__yaml=STAGE)(tmp)
    (root / "gone.yaml").symlink_to(root / "nowhere.yaml")
    return root


REFUSED: list[tuple[str, Build, str]] = [
    ("a path that does not exist", lambda tmp: tmp / "nowhere", "no such file or folder"),
    ("a path with a NUL in it", lambda tmp: tmp / "a\0b", "not a path"),
    ("a path too long for the file system", lambda tmp: tmp / ("x" * 5000), "cannot be read"),
    ("a pipe", fifo, "neither a file nor a folder"),
    ("a device", lambda tmp: Path(os.devnull), "neither a file nor a folder"),
    ("a pipe inside a folder", folder_with_fifo, "pipe.yaml: neither a file nor a folder"),
    ("a link out of the folder", link_outside, "linked.yaml: a link out of the folder"),
    ("a linked folder outside", folder_link_outside, "linked: a link out of the folder"),
    ("a link to itself", link_to_itself, "loop.yaml"),
    ("a link to nothing", dangling_link, "gone.yaml: no such file"),
    ("an empty folder", folder(), "no YAML or JSON file inside"),
    ("a folder of other things", folder(README__md="hello"), "no YAML or JSON file inside"),
    ("a folder with hidden files only", folder(__stage__yaml=STAGE), "no YAML or JSON file inside"),
    ("an index alone", folder(snapshot__yaml="gaps: []"), "nothing inside says when it was taken"),
    ("an empty file", file("a.yaml", ""), "a.yaml: empty"),
    ("a file of blanks", file("a.yaml", " \n\n"), "a.yaml: empty"),
    ("an empty JSON file", file("a.json", ""), "a.json: empty"),
    ("an empty file among others", folder(stage__yaml=STAGE, none__yaml=""), "none.yaml: empty"),
    ("comments only", file("a.yaml", "# nothing\n---\n"), "holds no object"),
    ("a sparse file of 2 GiB", sparse, "huge.yaml: larger than 512 MiB"),
    ("NUL bytes", file("a.yaml", b"kind: \0Stage"), "NUL bytes"),
    ("an executable", file("a.json", b"\x7fELF\x02\x01\x01\0\0"), "NUL bytes"),
    ("text that is not UTF-8", file("a.yaml", b"kind: Stage\nname: \xff\xfe"), "not UTF-8"),
    ("JSON that is not UTF-8", file("a.json", b'{"kind": "\xc3\x28"}'), "not UTF-8"),
    ("UTF-16 as PowerShell writes it", file("a.yaml", STAGE.encode("utf-16")), "UTF-16"),
    ("a control character in YAML", file("a.yaml", STAGE + "x: a\x07b"), "not valid YAML"),
    ("half a quoted text in YAML", file("a.yaml", STAGE + 'x: "half'), "cut off"),
    ("half a flow mapping in YAML", file("a.yaml", "{kind: Stage, metadata: {name: "), "cut off"),
    (
        "a List without its end",
        file("a.yaml", "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n"),
        "looks cut off",
    ),
    ("bad indentation", file("a.yaml", "a:\n  b: 1\n c: 2\n"), "not valid YAML"),
    ("half a JSON document", file("a.json", STAGE_JSON[:60]), "cut off in the middle"),
    ("half of the second JSON document", file("a.json", STAGE_JSON + "\n" + STAGE_JSON[:60]), "a.json"),
    ("JSON with a comma too many", file("a.json", STAGE_JSON[:-1] + ",}"), "not valid JSON"),
    ("JSON with NaN", file("a.json", STAGE_JSON[:-1] + ',"x":NaN}'), "not valid JSON"),
    ("words after JSON", file("a.json", STAGE_JSON + " and so on"), "not valid JSON"),
    ("a key twice in YAML", file("a.yaml", STAGE + "kind: Stage\n"), "duplicate key `kind` (line 4)"),
    ("a key twice in JSON", file("a.json", STAGE_JSON[:-1] + ',"kind":"Stage"}'), 'duplicate key "kind"'),
    (
        "a key twice in the second JSON",
        file("a.json", STAGE_JSON + STAGE_JSON[:-1] + ',"kind":""}'),
        'duplicate key "kind"',
    ),
    ("a YAML alias", file("a.yaml", STAGE + "x: &a 1\ny: *a\n"), "anchor or alias"),
    ("a YAML anchor nobody uses", file("a.yaml", STAGE + "x: &a [1]\n"), "anchor or alias"),
    ("a merge key", file("a.yaml", "base: &b {a: 1}\nx:\n  <<: *b\n"), "anchor or alias"),
    ("an anchor at a key", file("a.yaml", STAGE + "&a x: 1\n"), "anchor or tag at a key"),
    (
        "a billion laughs",
        file(
            "a.yaml", "a: &a [x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcde", "bcdef", strict=True))
        ),
        "anchor or alias",
    ),
    ("a YAML tag", file("a.yaml", STAGE + "x: !vault secret\n"), "the YAML tag !vault"),
    ("a Python tag", file("a.yaml", STAGE + "x: !!python/object/apply:os.system [id]\n"), "python/object"),
    ("binary in YAML", file("a.yaml", STAGE + "x: !!binary aGk=\n"), "the YAML tag"),
    ("a list for a key", file("a.yaml", "? [a]\n: 1\n"), "a mapping key that is not text"),
    ("deep flow nesting", file("a.yaml", "x: " + "[" * 100_000), "nested deeper than 100"),
    ("deep block nesting", file("a.yaml", "- " * 100_000 + "x"), "nested deeper than 100"),
    ("deep JSON", file("a.json", '{"a":' * 100_000), "nested too deep"),
    ("deep JSON after a good one", file("a.json", STAGE_JSON + '{"a":' * 100_000), "nested too deep"),
    (
        "values for Helm",
        folder(stage__yaml=STAGE, values__yaml="replicas: 2\n"),
        "values.yaml document 1: not a Kubernetes",
    ),
    (
        "an object without kind",
        file("a.yaml", STAGE + "---\napiVersion: v1\n"),
        "document 2: not a Kubernetes object: no kind",
    ),
    ("an object without apiVersion", file("a.yaml", "kind: Pod\n"), "no apiVersion"),
    ("a kind that is a number", file("a.yaml", "apiVersion: v1\nkind: 5\n"), "no kind"),
    ("a document that is text", file("a.yaml", "just text"), "document 1: not a Kubernetes object but text"),
    ("a document that is a number", file("a.json", "5"), "but a number"),
    ("a document that is a list", file("a.json", f"[{STAGE_JSON}]"), "but a list"),
    (
        "a List in which one is text",
        file("a.yaml", "apiVersion: v1\nkind: List\nitems: [x]\n"),
        "item 1: not a Kubernetes",
    ),
    (
        "a List in which one has no kind",
        file("a.yaml", "apiVersion: v1\nkind: List\nitems: [{}]\n"),
        "item 1: not a Kube",
    ),
    ("a List whose items are none", file("a.yaml", "apiVersion: v1\nkind: List\nitems: {}\n"), "a mapping, not a list"),
    ("an index given as the input", file("snapshot.yaml", "complete: []\n"), "give the folder instead"),
    ("objects without any time", file("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"), "--now"),
    ("an unknown index key", index("observed: '2026-01-01T00:00:00Z'"), "did you mean `observed_at`?"),
    ("an index key like no other", index("zzz: 1"), "known are observed_at, versions, complete, gaps"),
    ("an unknown product in the index", index("versions: {argocd: v3.5.1}"), "did you mean `versions.argo-cd`?"),
    ("a version that is a number", index("versions: {kargo: 1.10}"), "Expected `str"),
    ("a version that is none", index("versions: {kargo: latest}"), "`versions.kargo`: `latest` is not a version"),
    ("a time without a zone", index("observed_at: 2026-01-01T00:00:00"), "observed_at"),
    ("a time that is none", index("observed_at: yesterday"), "observed_at"),
    ("complete as a text", index("complete: v1/Pod"), "complete"),
    ("a complete kind without group", index("complete: [Pod]"), "`complete[0]`: `Pod` is not group/Kind"),
    ("a complete kind with a version", index("complete: [apps/v1/Deployment]"), "is not group/Kind"),
    ("a gap without a reason", index("gaps: [{kind: v1/Pod}]"), "`gaps[0]` lacks kind or reason"),
    ("a gap with an unknown key", index("gaps: [{kind: v1/Pod, resaon: x}]"), "did you mean `gaps[0].reason`?"),
    ("an index that is a list", index("[1]"), "an index is one mapping"),
    ("an index of two documents", index("gaps: []\n---\ngaps: []"), "an index is one mapping"),
    ("two indexes", folder(a__yaml=STAGE, snapshot__yaml="gaps: []", snapshot__json='{"gaps": []}'), "a second index"),
    ("a tar member that climbs out", tar(entry("../stage.yaml")), "leads out of the archive"),
    ("a tar member that climbs out later", tar(entry("a/../../stage.yaml")), "leads out of the archive"),
    ("a tar member with an absolute path", tar(entry("/stage.yaml")), "leads out of the archive"),
    ("a symbolic link in a tar", tar(entry("a.yaml", tarfile.SYMTYPE, "/etc/hosts")), "a link or device"),
    ("a hard link in a tar", tar(entry("a.yaml"), entry("b.yaml", tarfile.LNKTYPE, "a.yaml")), "a link or device"),
    ("a device in a tar", tar(entry("a.yaml", tarfile.CHRTYPE)), "a link or device"),
    ("a pipe in a tar", tar(entry("a.yaml", tarfile.FIFOTYPE)), "a link or device"),
    ("an empty tar", tar(), "no YAML or JSON file inside"),
    ("a truncated tar.gz", cut("saved.tar.gz", tar_bytes(entry("a.yaml"))), "broken or truncated"),
    ("a tar without its end", cut("saved.tar", tar_bytes(entry("a.yaml"), mode="w"), 0.06), "broken or truncated"),
    (
        "a tar cut between members",
        file("saved.tar", tar_bytes(entry("a.yaml"), mode="w")[:1024]),
        "broken or truncated",
    ),
    ("text named tar.gz", file("saved.tar.gz", "not an archive"), "broken or truncated"),
    ("an empty tgz", file("saved.tgz", b""), "broken or truncated"),
    ("a zip member that climbs out", file("saved.zip", zip_bytes("../stage.yaml")), "leads out of the archive"),
    (
        "a zip member that climbs out with \\",
        file("saved.zip", zip_bytes("a\\..\\..\\b.yaml")),
        "leads out of the archive",
    ),
    ("a zip member with a drive", file("saved.zip", zip_bytes("C:\\stage.yaml")), "leads out of the archive"),
    ("a link in a zip", file("saved.zip", zip_bytes(mode=stat.S_IFLNK | 0o777)), "a link or device"),
    ("a truncated zip", cut("saved.zip", zip_bytes()), "broken or truncated"),
    ("a damaged zip", file("saved.zip", damaged_zip()), "broken or truncated"),
    ("an encrypted zip", file("saved.zip", encrypted_zip()), "encrypted"),
    ("text named zip", file("saved.zip", "not an archive"), "broken or truncated"),
    ("broken YAML inside an archive", file("saved.zip", zip_bytes(content='a: "half')), "stage.yaml: not valid YAML"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("build", "fragment"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_refused_with_file_reason_and_next_step(build: Build, fragment: str, tmp_path: Path) -> None:
    path = build(tmp_path)

    with pytest.raises(UnreadableInput) as refused:
        await read(path)

    assert fragment in str(refused.value)
    assert refused.value.hint
    assert "Traceback" not in refused.value.message
    assert refused.value.exit_code == 65


@pytest.mark.asyncio
@pytest.mark.parametrize("suffix", ["tar.gz", "zip"])
async def test_an_archive_is_measured_by_what_comes_out_of_it(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TOTAL_BYTES", 10_000)
    big = STAGE + "#" * 20_000
    content = zip_bytes(content=big) if suffix == "zip" else tar_bytes(entry("a.yaml"), content=big.encode())
    path = file(f"saved.{suffix}", content)(tmp_path)

    with pytest.raises(UnreadableInput, match=r"in total"):
        await read(path)


@pytest.mark.asyncio
@pytest.mark.parametrize("suffix", ["tar.gz", "zip", "folder"])
async def test_too_many_files_are_refused(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILES", 2)
    names = ["a.yaml", "b.yaml", "c.yaml"]
    if suffix == "folder":
        path = folder(**{name.replace(".", "__"): STAGE for name in names})(tmp_path)
    elif suffix == "zip":
        path = tmp_path / "saved.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for name in names:
                packed.writestr(name, STAGE)
    else:
        path = tar(*map(entry, names))(tmp_path)

    with pytest.raises(UnreadableInput, match="more than 2 files"):
        await read(path)


@pytest.mark.asyncio
async def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(stage__yaml=STAGE)(tmp_path)

    def denied(self: Path, *_: object) -> None:  # permission bits do not bind root, as whom containers run tests
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)

    with pytest.raises(UnreadableInput, match=r"stage\.yaml: no permission"):
        await read(path)


HARMLESS: list[tuple[str, Build]] = [
    ("a byte order mark", file("a.yaml", b"\xef\xbb\xbf" + STAGE.encode())),
    ("a byte order mark before JSON", file("a.json", b"\xef\xbb\xbf" + STAGE_JSON.encode())),
    ("CRLF line ends", file("a.yaml", STAGE.replace("\n", "\r\n"))),
    ("empty documents around", file("a.yaml", f"---\n---\n{STAGE}---\n")),
    ("no suffix", file("saved", STAGE)),
    ("JSON without its suffix", file("saved", STAGE_JSON)),
    ("JSON named YAML", file("a.yaml", STAGE_JSON)),
    ("an ampersand in text", file("a.yaml", STAGE + "x: a && b &c *d\n")),
    ("a script in text", file("a.yaml", STAGE + "x: |\n  cmd &\n  &x *y\n")),
    ("tags of the core schema", file("a.yaml", STAGE + "x: !!str 5\ny: !!int 5\nz: !!map {}\n")),
    ("what macOS adds", folder(stage__yaml=STAGE, __DS_Store=b"\0\0")),
    ("a table and a page beside", folder(stage__yaml=STAGE, get_wide__txt="NAME", README__md="hi")),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("build", [row[1] for row in HARMLESS], ids=[row[0] for row in HARMLESS])
async def test_harmless_oddities_are_read(build: Build, tmp_path: Path) -> None:
    snapshot = await read(build(tmp_path))

    assert [one.name for one in snapshot.of_kind("kargo.akuity.io/Stage")] == ["dev"]
    assert snapshot.gaps == ()


GAPS: list[tuple[str, str, str]] = [
    ("no metadata", "", "a.yaml document 1: an object without metadata.name"),
    ("metadata that is text", "metadata: x", "a.yaml document 1: an object without metadata.name"),
    ("a name that is a number", "metadata: {name: 5}", "a.yaml document 1: an object without metadata.name"),
    (
        "a wrong field",
        "metadata: {name: d, namespace: n}\nspec: {shard: 5}",
        "Stage n/d spec.shard: Expected `str`, got `int`",
    ),
    (
        "a status that is text",
        "metadata: {name: d, namespace: n}\nstatus: x",
        "Stage n/d status: Expected `object`, got `str`",
    ),
    (
        "a namespace that is a number",
        "metadata: {name: d, namespace: 5}",
        "Stage d metadata.namespace: Expected `str`, got `int`",
    ),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("body", "gap"), [row[1:] for row in GAPS], ids=[row[0] for row in GAPS])
async def test_what_does_not_fit_is_a_gap(body: str, gap: str, tmp_path: Path) -> None:
    content = f"apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\n{body}\n---\n{STAGE.replace('dev', 'other')}"

    snapshot = await read(file("a.yaml", content)(tmp_path))

    (found,) = snapshot.gaps
    assert gap in str(found)
    assert found.kind == "kargo.akuity.io/Stage"
