// Images whose every value is known, as DICOM files in a ZIP: explicit little endian, one frame each.
import { writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";

const long = ["OB", "OW", "SQ", "UN", "UT"];

const numbers = { US: Uint16Array, FL: Float32Array, FD: Float64Array, UL: Uint32Array, SL: Int32Array };

/** An item of a sequence, its elements as [tag, representation, value]. */
function item(list) {
  const content = join(list);
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

function element(tag, vr, value) {
  let bytes = vr === "SQ" ? Buffer.concat(value.map(item)) : numbers[vr] ? Buffer.from(new numbers[vr]([].concat(value)).buffer) : Buffer.isBuffer(value) ? value : Buffer.from([].concat(value).join("\\"), "latin1");
  if (bytes.length % 2) bytes = Buffer.concat([bytes, Buffer.from(vr === "UI" ? "\0" : " ")]);
  const head = Buffer.alloc(long.includes(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4);
  if (long.includes(vr)) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

const join = (list) => Buffer.concat([...list].sort((a, b) => a[0] - b[0]).map(([tag, vr, value]) => element(tag, vr, value)));

/** One image of 96 by 64 pixels. The stored value at a pixel is 1000 + 7·column + 3·row + 11·slice. */
export function image({ uid, study = "1.2.3.500", series, number = 1, name = "Phantom^Ann", id = "PH1", sex = "F", age = "052Y", day = "20261120", modality = "CT", cls, slice = 0, bits = 16, description, more = [] }) {
  const classes = { CT: "1.2.840.10008.5.1.4.1.1.2", MR: "1.2.840.10008.5.1.4.1.1.4", CR: "1.2.840.10008.5.1.4.1.1.1", NM: "1.2.840.10008.5.1.4.1.1.20" };
  const sop = cls ?? classes[modality];
  const [rows, columns] = [96, 64];
  const pixels = Buffer.alloc((rows * columns * bits) / 8);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) pixels[bits === 32 ? "writeUInt32LE" : "writeUInt16LE"](1000 + 7 * x + 3 * y + 11 * slice, ((y * columns + x) * bits) / 8);
  return file(sop, uid, [
    [0x00080008, "CS", ["ORIGINAL", "PRIMARY", "AXIAL"]], [0x00080016, "UI", sop], [0x00080018, "UI", uid], [0x00080020, "DA", day], [0x00080030, "TM", "101010"], [0x00080050, "SH", ""], [0x00080060, "CS", modality],
    [0x00081030, "LO", "HEAD"], [0x0008103e, "LO", description ?? ""], [0x00100010, "PN", name], [0x00100020, "LO", id], [0x00100030, "DA", ""], [0x00100040, "CS", sex], [0x00101010, "AS", age], [0x00180015, "CS", "HEAD"],
    [0x0020000d, "UI", study], [0x0020000e, "UI", `${study}.${series}`], [0x00200011, "IS", String(series)], [0x00200013, "IS", String(number)], [0x00280002, "US", 1], [0x00280004, "CS", "MONOCHROME2"],
    [0x00280010, "US", rows], [0x00280011, "US", columns], [0x00280100, "US", bits], [0x00280101, "US", bits], [0x00280102, "US", bits - 1], [0x00280103, "US", 0], [0x7fe00010, "OW", pixels], ...more,
  ]);
}

function file(sop, uid, data) {
  const meta = join([[0x00020001, "OB", Buffer.from([0, 1])], [0x00020002, "UI", sop], [0x00020003, "UI", uid], [0x00020010, "UI", "1.2.840.10008.1.2.1"], [0x00020012, "UI", "1.2.3.4"]]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const group = Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from("UL"), Buffer.from([4, 0]), length]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), group, meta, join(data)]);
}

/** What every object of a patient's study says of both. */
const whose = (study, series, modality) => [
  [0x00080020, "DA", "20261120"], [0x00080030, "TM", "101010"], [0x00080050, "SH", ""], [0x00080060, "CS", modality], [0x00100010, "PN", "Phantom^Ann"], [0x00100020, "LO", "PH1"], [0x00100030, "DA", ""],
  [0x00100040, "CS", "F"], [0x00101010, "AS", "052Y"], [0x0020000d, "UI", study], [0x0020000e, "UI", `${study}.${series}`], [0x00200011, "IS", String(series)], [0x00200013, "IS", "1"],
];

/** A presentation state that draws one line over an image, from point to point in its pixels. */
export function state({ uid, study = "1.2.3.500", series, of, points }) {
  const sop = "1.2.840.10008.5.1.4.1.1.11.1";
  const line = [[0x00700005, "CS", "PIXEL"], [0x00700020, "US", 2], [0x00700021, "US", points.length / 2], [0x00700022, "FL", points], [0x00700023, "CS", "POLYLINE"]];
  const image = [[0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2"], [0x00081155, "UI", of]];
  return file(sop, uid, [...whose(study, series, "PR"), [0x00080016, "UI", sop], [0x00080018, "UI", uid], [0x00081115, "SQ", [[[0x0020000e, "UI", `${study}.1`], [0x00081140, "SQ", [image]]]]],
    [0x00700001, "SQ", [[[0x00700002, "CS", "LAYER"], [0x00700009, "SQ", [line]]]]], [0x00700080, "CS", "MARKS"], [0x00283110, "SQ", [[[0x00281050, "DS", "1300"], [0x00281051, "DS", "600"]]]]]);
}

/** A segmentation of one block on each of some slices, on the grid of `placed`. */
export function segmentation({ uid, study = "1.2.3.500", series, frameOf, heights, from, to }) {
  const sop = "1.2.840.10008.5.1.4.1.1.66.4";
  const [rows, columns] = [96, 64];
  const bits = Buffer.alloc((rows * columns * heights.length) / 8);
  heights.forEach((_, n) => {
    for (let y = from[1]; y < to[1]; y++) for (let x = from[0]; x < to[0]; x++) {
      const at = n * rows * columns + y * columns + x;
      bits[at >> 3] |= 1 << (at & 7);
    }
  });
  const frames = heights.map((z) => [[0x00209113, "SQ", [[[0x00200032, "DS", ["-16", "-38.4", String(z)]]]]], [0x0062000a, "SQ", [[[0x0062000b, "US", 1]]]]]);
  const shared = [[0x00209116, "SQ", [[[0x00200037, "DS", ["1", "0", "0", "0", "1", "0"]]]]], [0x00289110, "SQ", [[[0x00280030, "DS", ["0.8", "0.5"]]]]]];
  return file(sop, uid, [...whose(study, series, "SEG"), [0x00080008, "CS", ["DERIVED", "PRIMARY"]], [0x00080016, "UI", sop], [0x00080018, "UI", uid], [0x00200052, "UI", frameOf], [0x00280002, "US", 1],
    [0x00280004, "CS", "MONOCHROME2"], [0x00280008, "IS", String(heights.length)], [0x00280010, "US", rows], [0x00280011, "US", columns], [0x00280100, "US", 1], [0x00280101, "US", 1], [0x00280102, "US", 0],
    [0x00280103, "US", 0], [0x00620001, "CS", "BINARY"], [0x00620002, "SQ", [[[0x00620004, "US", 1], [0x00620005, "LO", "Artery"], [0x00620008, "CS", "MANUAL"]]]], [0x00700080, "CS", "SEGMENTS"],
    [0x52009229, "SQ", [shared]], [0x52009230, "SQ", frames], [0x7fe00010, "OB", bits]]);
}

/** A plane of ultrasound in the left half of an image, of 0.2 mm, and a spectrum in the right half. */
export const ultrasound = [0x00186011, "SQ", [[0, 31, 1, 3], [32, 63, 3, 4]].map(([from, to, format, unit]) => [
  [0x00186012, "US", format], [0x00186014, "US", 1], [0x00186018, "UL", from], [0x0018601a, "UL", 0], [0x0018601c, "UL", to], [0x0018601e, "UL", 95], [0x00186024, "US", unit], [0x00186026, "US", 3],
  [0x0018602c, "FD", 0.02], [0x0018602e, "FD", 0.02],
])];

/** Where a slice stands: at a place, with rows and columns along directions, spacing between rows and between columns. */
export const placed = (position, spacing = [0.8, 0.5], orientation = [1, 0, 0, 0, 1, 0]) => [
  [0x00200032, "DS", position.map(String)], [0x00200037, "DS", orientation.map(String)], [0x00280030, "DS", spacing.map(String)], [0x00281050, "DS", "1400"], [0x00281051, "DS", "800"], [0x00180050, "DS", "2"],
];

/** A series of slices of 2 mm; leaning degrees of a tilted gantry. */
export function series(number, n, options = {}, leaning = 0) {
  const [c, s] = [Math.cos((leaning * Math.PI) / 180), Math.sin((leaning * Math.PI) / 180)];
  return Array.from({ length: n }, (_, i) =>
    image({ uid: `1.2.3.600.${options.study ?? ""}.${number}.${i + 1}`.replace("..", "."), series: number, number: i + 1, slice: i, ...options, more: [...placed([-16, -38.4, 2 * i], [0.8, 0.5], [1, 0, 0, 0, c, -s].map((v) => Number(v.toFixed(6)))), ...(options.more ?? [])] }),
  );
}

/** A ZIP of files that are stored as they are. */
export function zip(file, contents) {
  const [locals, entries] = [[], []];
  let at = 0;
  contents.forEach((content, i) => {
    const name = Buffer.from(`${i}.dcm`);
    const head = Buffer.alloc(26); // from the version needed to the length of the extra field
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(content), 10);
    head.writeUInt32LE(content.length, 14);
    head.writeUInt32LE(content.length, 18);
    head.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(46);
    entry.write("PK\x01\x02", "latin1");
    entry.writeUInt16LE(20, 4);
    head.copy(entry, 6);
    entry.writeUInt32LE(at, 42);
    entries.push(entry, name);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), head, name, content]);
    locals.push(local);
    at += local.length;
  });
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(contents.length, 8);
  end.writeUInt16LE(contents.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  writeFileSync(file, Buffer.concat([...locals, directory, end]));
  return file;
}
