"""Tables: every honest variant of one table gives equal rows; what is no table is refused in one sentence."""

import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.tables import (
    EDGE,
    FORMULA,
    Limits,
    Row,
    Source,
    Unreadable,
    plain_heading,
    read_tables,
    sources,
    with_headings,
    write_csv,
    zip_members,
)

PLAIN = "person_id,name,roles,room\nT01,Zoë Núñez,teacher; coach,2\nT02,Ann Li,teacher,101\n"
REORDERED = "room,roles,name,person_id\n2,teacher; coach,Zoë Núñez,T01\n101,teacher,Ann Li,T02\n"
SHEET_ROWS = (
    ["person_id", "name", "roles", "room"],
    ["T01", "Zoë Núñez ", "teacher; coach", 2],
    [],
    ["T02", "Ann Li", "teacher", 101.0],
)
ROWS = [
    {"person_id": "T01", "name": "Zoë Núñez", "roles": "teacher; coach", "room": "2"},
    {"person_id": "T02", "name": "Ann Li", "roles": "teacher", "room": "101"},
]


def table(content, name="staff.csv", **more):
    data = content.encode() if isinstance(content, str) else content
    (only,) = read_tables(Source(name, data), **more)
    return only


def cells(content, **more):
    return [dict(row.cells) for row in table(content, **more).rows]


def semicolons(text):
    """As Excel writes it in much of Europe: cells with the delimiter in them stand in quotation marks."""
    return text.replace(",", "\x1f").replace("teacher; coach", '"teacher; coach"').replace("\x1f", ";")


def quoted(text):
    lines = (", ".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN, id="as it is"),
        pytest.param(semicolons(PLAIN), id="semicolons"),
        pytest.param(PLAIN.replace(",", "\t"), id="tabs"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(PLAIN.replace("\n", "\r"), id="CR"),
        pytest.param(PLAIN.rstrip("\n"), id="no last line end"),
        pytest.param("\ufeff" + PLAIN, id="BOM"),
        pytest.param("\ufeff" + PLAIN.replace("person_id", '"person_id"'), id="BOM and quotation mark"),
        pytest.param(PLAIN.encode("cp1252"), id="Windows-1252"),
        pytest.param(PLAIN.replace("\n", ",,\n"), id="trailing empty cells"),
        pytest.param("\n" + PLAIN.replace("\n", "\n\n,,,\n"), id="blank lines"),
        pytest.param(PLAIN.replace(",", " ,\u00a0"), id="white space around cells"),
        pytest.param(quoted(PLAIN), id="all in quotation marks"),
        pytest.param(REORDERED, id="order"),
        pytest.param(workbook(("Staff", SHEET_ROWS)), id="XLSX"),
    ],
)
def test_every_variant_of_a_table_gives_equal_rows(content):
    assert cells(content) == ROWS


def test_windows_1252_is_read_with_a_warning_unless_only_utf_8_will_do():
    assert table(PLAIN).warnings == ()
    (warning,) = table(PLAIN.encode("cp1252")).warnings
    assert "staff.csv" in warning and "Windows-1252" in warning
    with pytest.raises(Unreadable, match="not UTF-8"):
        table(PLAIN.encode("cp1252"), utf8_only=True)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_the_file_counts_them(line_end):
    text = 'id,note\nA,"two\nlines"\n\nB,x\n'.replace("\n", line_end)
    assert table(text).rows == (
        Row(2, {"id": "A", "note": "two\nlines"}),
        Row(5, {"id": "B", "note": "x"}),
    )


def test_cells_beyond_the_header_are_kept_apart():
    rows = table("id,name\nA,Ann,odd,,more,\nB\n").rows
    assert rows[0] == Row(2, {"id": "A", "name": "Ann"}, ("odd", "", "more"))
    assert rows[1] == Row(3, {"id": "B", "name": ""})


def test_a_column_without_a_heading_is_left_out_with_a_warning():
    found = table("id,,name\nA,x,Ann\n")
    assert found.header == ("id", "name")
    assert dict(found.rows[0].cells) == {"id": "A", "name": "Ann"}
    assert "column 2" in found.warnings[0]


def test_a_header_alone_is_a_table_without_rows():
    assert table("id,name\n").rows == ()


def test_delimiters_in_quoted_headings_are_not_counted():
    assert table('"a;b;c",d\n1,2\n').header == ("a;b;c", "d")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("\n ,,\n", "is empty", id="blank"),
        pytest.param("id,name,id\n", "column id twice", id="heading twice"),
        pytest.param(PLAIN.encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param(PLAIN.encode("utf-16-le"), "NUL", id="UTF-16 without a mark"),
        pytest.param("id\nA\0\n", "NUL", id="NUL"),
        pytest.param(b"id\n\x81\xff\n", "not UTF-8", id="no known encoding"),
        pytest.param('id,name\nA,Ann\nB,"Bo\nC,Cy\n', "line 3", id="quotation mark left open"),
        pytest.param('id,name\r\rB,"Bo"x\r', "line 3", id="text after a quotation mark"),
        pytest.param('id\n"' + "x" * 200_000, "line 2", id="endless cell"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(600), "locked", id="old Excel"),
        pytest.param(b"PK\x03\x04" + bytes(60), "damaged", id="broken XLSX"),
        pytest.param(workbook(("Staff", [])), "is empty", id="empty XLSX"),
        pytest.param(workbook(("Staff", [["id", "id"]])), "sheet Staff has the column id twice", id="XLSX twice"),
        pytest.param(packed([("[Content_Types].xml", "<a/>")]), "damaged", id="XLSX without sheets"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(content, says):
    with pytest.raises(Unreadable, match=says) as refusal:
        table(content)
    assert str(refusal.value).startswith("staff.csv")
    assert str(refusal.value).endswith(".")


def test_a_workbook_in_name_only_is_refused():
    with pytest.raises(Unreadable, match=r"staff\.xlsx is damaged"):
        table(PLAIN, name="staff.xlsx")


def test_a_file_over_the_limit_is_refused():
    with pytest.raises(Unreadable, match=r"larger than 0\.5 MB"):
        table(b"x" * 600_000, limits=Limits(file=512 * 1024))


def test_each_sheet_with_cells_is_a_table_of_its_own():
    data = workbook(("Staff", [["id"], ["A"]]), ("Empty", []), ("Bells", [[], ["period"], [None], [3]]))
    staff, rings = read_tables(Source("all.xlsx", data))
    assert (staff.name, rings.name) == ("all.xlsx, sheet Staff", "all.xlsx, sheet Bells")
    assert rings.rows == (Row(4, {"period": "3"}),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (True, "yes"),
        (False, "no"),
        (date(2027, 1, 11), "2027-01-11"),
        (datetime(2027, 1, 11), "2027-01-11"),
        (datetime(2027, 1, 11, 9, 30), "2027-01-11 09:30"),
        (time(9, 30), "09:30"),
        (time(9, 29, 59, 700_000), "09:30"),
        (timedelta(hours=9, minutes=30), "09:30"),
        ("007", "007"),
        ("'-5", "-5"),
        ("a\r\nb", "a\nb"),
        (None, ""),
    ],
)
def test_a_cell_of_a_sheet_reads_as_the_text_that_a_person_would_write(value, expected):
    (row,) = table(workbook(("S", [["id", "value"], ["A", value]]))).rows
    assert row.cells["value"] == expected


def test_a_formula_reads_as_last_calculated():
    data = workbook(("S", [["id"], ["=1+1"]]))
    parts = parts_of(data)
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
    parts["xl/worksheets/sheet1.xml"] = sheet
    assert cells(packed(parts.items())) == [{"id": "2"}]


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_sheet(xml):
    parts = parts_of(workbook(("S", [["id"], ["A"]])))
    return packed((parts | {"xl/worksheets/sheet1.xml": xml}).items())


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'
INLINE = b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>%s</sheetData>'


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]>' + SHEET % INLINE % b"&b;", "damaged", id="entities"),
        pytest.param(SHEET % INLINE % b'<row r="99999999999"/>', "more cells", id="a row beyond the end"),
        pytest.param(SHEET % (b"<sheetData>" + b" " * 9_000_000), "times its size", id="bomb"),
        pytest.param(SHEET % INLINE % b'<row r="2"><c r="B', "damaged", id="cut off"),
    ],
)
def test_a_hostile_workbook_is_refused(xml, says):
    with pytest.raises(Unreadable, match=says):
        table(with_sheet(xml))


def test_a_sheet_that_declares_a_huge_size_is_read_as_it_is():
    # Two hundred rows as wide as declared would be more cells than are allowed.
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>7</v></c></row>' % (line, line) for line in range(2, 202))
    assert cells(with_sheet(SHEET % (b'<dimension ref="A1:XFD1048576"/>' + INLINE % rows))) == [{"id": "7"}] * 200


def names(path, **more):
    return [source.name for source in sources([path], **more)]


def test_a_folder_gives_its_table_files_in_order_and_no_others(tmp_path):
    for name in ("staff.csv", "bells.CSV", "notes.txt", ".hidden.csv", "~$book.xlsx", "school.json"):
        (tmp_path / name).write_text("id\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "staff.csv").write_text("id\n")
    (tmp_path / "more.zip").write_bytes(packed([("duties.csv", "id\n"), ("apart.csv", "id\n")]))
    assert names(tmp_path) == ["bells.CSV", "apart.csv", "duties.csv", "school.json", "staff.csv"]


def test_a_single_file_is_taken_whatever_it_is_called(tmp_path):
    (tmp_path / "export.txt").write_text(PLAIN)
    (tmp_path / "book.dat").write_bytes(workbook(("S", [["id"], ["A"]])))
    (tmp_path / "packed.dat").write_bytes(packed([("staff.csv", PLAIN)]))
    found = sources([tmp_path / "export.txt", tmp_path / "book.dat", tmp_path / "packed.dat"])
    assert [source.name for source in found] == ["export.txt", "book.dat", "staff.csv"]
    assert found[0].data.decode() == PLAIN


def test_a_zip_packed_on_a_mac_or_with_a_workbook_is_read(tmp_path):
    inside = [("staff.csv", PLAIN), ("__MACOSX/._staff.csv", "x"), ("b.xlsx", workbook(("S", [["id"]])))]
    (tmp_path / "a.zip").write_bytes(packed(inside))
    assert names(tmp_path / "a.zip") == ["b.xlsx", "staff.csv"]


def locked(data):
    """The same zip with the flag that says its members are encrypted."""
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data = data[:at] + struct.pack("<H", 1) + data[at + 2 :]
    return data


def lying(data, size):
    """The same zip, declaring another unpacked size of its only member."""
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data = data[:at] + struct.pack("<I", size) + data[at + 4 :]
    return data


BOMB = packed([("staff.csv", b"a" * 2_000_000)])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(BOMB, "100 times", id="bomb"),
        pytest.param(lying(BOMB, 10), "damaged", id="bomb that declares ten bytes"),
        pytest.param(packed([("data/staff.csv", PLAIN)]), "folder", id="folder"),
        pytest.param(packed([("data/", "")]), "folder", id="empty folder"),
        pytest.param(packed([("..\\staff.csv", PLAIN)]), "folder", id="backslash"),
        pytest.param(packed([("inner.zip", packed([("a.csv", "id")]))]), "another zip", id="nested"),
        pytest.param(locked(packed([("staff.csv", PLAIN)])), "password", id="encrypted"),
        pytest.param(packed([("staff.csv", PLAIN)], zipfile.ZIP_LZMA), "unusual", id="LZMA"),
        pytest.param(packed([("read me.txt", "x")]), "no CSV", id="nothing of use"),
        pytest.param(packed([]), "no CSV", id="no members"),
        pytest.param(packed([("staff.csv", PLAIN)])[:-30], "damaged", id="cut off"),
        pytest.param(b"no zip", "damaged", id="no zip"),
        pytest.param(packed([(f"{number}.csv", "") for number in range(1001)]), "1000 files", id="too many"),
    ],
)
def test_a_zip_that_no_honest_export_looks_like_is_refused(tmp_path, data, says):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(Unreadable, match=says) as refusal:
        sources([tmp_path])
    assert str(refusal.value).startswith("a.zip")


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(file=100_000), "0.csv in a.zip is larger"),
        (Limits(unpacked=250_000), "a.zip unpacks to is larger"),
        (Limits(packed=1000), "a.zip is larger"),
    ],
)
def test_a_zip_is_held_to_its_limits_while_it_unpacks(tmp_path, limits, says):
    noise = "".join(str(number * 7919 % 1_000_003) for number in range(30_000))
    (tmp_path / "a.zip").write_bytes(packed([(f"{number}.csv", noise) for number in range(3)]))
    with pytest.raises(Unreadable, match=says):
        sources([tmp_path], limits)


def test_a_name_twice_in_a_zip_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed([("staff.csv", PLAIN), ("staff.csv", PLAIN)])
    with pytest.raises(Unreadable, match=r"staff\.csv twice"):
        list(zip_members("a.zip", io.BytesIO(data)))


def test_missing_and_useless_paths_are_refused(tmp_path):
    with pytest.raises(Unreadable, match=r"nowhere\.csv can't be opened"):
        sources([tmp_path / "nowhere.csv"])
    with pytest.raises(Unreadable, match="holds no CSV"):
        sources([tmp_path])
    large = Path(tmp_path, "large.csv")
    large.write_bytes(b"x" * 2000)
    with pytest.raises(Unreadable, match=r"large\.csv is larger"):
        sources([large], Limits(file=1000))


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("Person ID", "person_id"), ("person_id", "person_id"), (" Works-From", "works_from")],
)
def test_headings_of_ours_in_another_spelling_are_ours(heading, expected):
    assert plain_heading(heading) == expected


def test_headings_can_be_mapped_but_not_two_onto_one():
    found = table("Nr,Name\n1,Ann\n")
    mapped = with_headings(found, {"Nr": "person_id"})
    assert mapped.header == ("person_id", "Name")
    assert mapped.rows == (Row(2, {"person_id": "1", "Name": "Ann"}),)
    with pytest.raises(Unreadable, match="person_id twice"):
        with_headings(found, {"Nr": "person_id", "Name": "person_id"})


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "'=", "''@"])
def test_a_cell_that_a_spreadsheet_would_run_is_written_guarded_and_reads_back_equal(begins):
    cell = f"{begins}1+1"
    text = write_csv(["id", "note"], [["A", cell]])
    assert f"'{cell}" in text
    assert cells(text) == [{"id": "A", "note": cell}]


def test_an_apostrophe_that_guards_nothing_stays():
    assert cells("id\n'tis\n") == [{"id": "'tis"}]
    assert "''" not in write_csv(["id"], [["'tis"]])


CELL = st.text(max_size=12) | st.text(alphabet="'=+-@\t\r\n,;\" aé", max_size=8)


def is_trimmed(cell):
    """Whether reading leaves the cell as it is: no white space at its ends, no line breaks but LF, no NUL."""
    guard = FORMULA.match(cell)
    rest = cell[guard.end() :] if guard else cell
    begins = cell[:1] if not guard else ""
    return "\0" not in rest and "\r" not in rest and rest == rest.rstrip(EDGE) and begins.strip(EDGE) == begins


@given(st.lists(st.lists(CELL.filter(is_trimmed), min_size=3, max_size=3).filter(any), max_size=6))
def test_what_is_written_reads_back_equal(rows):
    found = table(write_csv(["a", "b", "c"], rows))
    assert [list(row.cells.values()) for row in found.rows] == rows
    assert all(row.extra == () for row in found.rows)


@given(st.binary(max_size=200) | st.text(alphabet="a,;\"\t\r\n'", max_size=40).map(str.encode))
def test_any_bytes_give_tables_or_one_sentence(data):
    try:
        found = read_tables(Source("any.csv", data))
    except Unreadable as refusal:
        assert str(refusal).startswith("any.csv")
    else:
        assert all(set(row.cells) == set(each.header) for each in found for row in each.rows)
