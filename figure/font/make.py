"""Makes figure.ttf.gz of the two families that the pages use: python3 make.py NODE_MODULES. See README.md."""
import glob
import gzip
import io
import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FAMILIES = sys.argv[1] + "/@fontsource-variable"
EM = 2048
glyphs, widths, characters = {}, {}, {}


def instance(path):
    return instancer.instantiateVariableFont(TTFont(path), {"wght": 400})


def tabular(font):
    """Figures of one width in place of those that are as wide as they are drawn."""
    swap = {}
    if "GSUB" in font:
        gsub = font["GSUB"].table
        for record in gsub.FeatureList.FeatureRecord:
            if record.FeatureTag == "tnum":
                for i in record.Feature.LookupListIndex:
                    for table in gsub.LookupList.Lookup[i].SubTable:
                        swap.update(getattr(table, "ExtSubTable", table).mapping)
    return swap


def take(font, wanted):
    """Adds the characters that are wanted and not there yet, with their parts drawn in one."""
    scale, drawn, swap = EM / font["head"].unitsPerEm, font.getGlyphSet(), tabular(font)
    for code, name in sorted(font.getBestCmap().items()):
        if code in characters or code < 0x20 or not wanted(code):
            continue
        if chr(code).isdigit():
            name = swap.get(name, name)
        parts, pen, own = DecomposingRecordingPen(drawn), TTGlyphPen(None), "u%04X" % code
        drawn[name].draw(parts)
        parts.replay(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
        glyphs[own], widths[own], characters[code] = pen.glyph(), round(font["hmtx"][name][0] * scale), own


def full_width(code):
    return 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFE30 <= code <= 0xFE4F or 0xFF00 <= code <= 0xFFEF or code >= 0x20000


def missing():
    """An empty box, for characters that neither family has."""
    pen = TTGlyphPen(None)
    for corners in ([(200, 0), (200, 1450), (900, 1450), (900, 0)], [(300, 100), (800, 100), (800, 1350), (300, 1350)]):
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


glyphs[".notdef"], widths[".notdef"] = missing(), 1100
for part in ("latin", "latin-ext", "greek", "greek-ext", "cyrillic", "cyrillic-ext", "vietnamese"):
    take(instance(f"{FAMILIES}/inter/files/inter-{part}-wght-normal.woff2"), lambda code: not full_width(code))
for path in sorted(glob.glob(f"{FAMILIES}/noto-sans-sc/files/*.woff2")):
    take(instance(path), lambda code: True)

font = FontBuilder(EM, isTTF=True)
font.setupGlyphOrder(list(glyphs))
font.setupCharacterMap(characters)
font.setupGlyf(glyphs)
bearing = lambda name: getattr(font.font["glyf"][name], "xMin", 0)
font.setupHorizontalMetrics({name: (width, bearing(name)) for name, width in widths.items()})
font.setupHorizontalHeader(ascent=1984, descent=-494)
font.setupNameTable({"familyName": "Consilium Figure", "styleName": "Regular"})
font.setupOS2(sTypoAscender=1984, sTypoDescender=-494, usWinAscent=1984, usWinDescent=494)
font.setupPost(keepGlyphNames=False)
font.font["head"].created = font.font["head"].modified = 0
font.font.recalcTimestamp = False
data = io.BytesIO()
font.save(data)
with open("figure.ttf.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
    packed.write(data.getvalue())
print(len(glyphs), "glyphs,", len(data.getvalue()), "bytes")
