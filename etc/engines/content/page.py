"""A template and a record become one PDF page, through Pango and Cairo."""

import io
import unicodedata

import cairo
import gi

gi.require_version("Pango", "1.0")
gi.require_version("PangoCairo", "1.0")
from gi.repository import GLib, Pango, PangoCairo  # noqa: E402  (the versions come first)

import template as templates  # noqa: E402
from template import Fault  # noqa: E402

POINTS = 72 / 25.4  # in a millimetre
ALIGN = {"left": Pango.Alignment.LEFT, "right": Pango.Alignment.RIGHT, "center": Pango.Alignment.CENTER}
BLACK = (0.0, 0.0, 0.0)
_fonts = {}


def render(template, record):
    """The bytes of a PDF with one page; a Fault where the record does not fit the template."""
    templates.check_required(template, record)
    out = io.BytesIO()
    surface = cairo.PDFSurface(out, template.page["width"] * POINTS, template.page["height"] * POINTS)
    context = cairo.Context(surface)
    below = 0.0
    for block in template.blocks:
        if not templates.printed(block, record, template.name):
            continue
        how, y = block.attributes["y"]
        y = below + y if how == "after" else y
        if block.kind == "rule":
            below = _rule(context, block, y)
        else:
            below = _text(context, block, y, template, record)
        limit = template.page["height"] - template.page["bottom"]
        if below > limit:
            raise Fault(f"{template.name}:{block.line}: does not fit on the page: it ends at {below:.0f} mm, the "
                        f"page's text at {limit:.0f} mm")
    surface.finish()
    return out.getvalue()


def _rule(context, block, y):
    thickness = block.attributes.get("thickness", 0.3)
    context.set_source_rgb(*block.attributes.get("color", BLACK))
    context.rectangle(block.attributes["x"] * POINTS, y * POINTS, block.attributes["width"] * POINTS,
                      thickness * POINTS)
    context.fill()
    return y + thickness


def _text(context, block, y, template, record):
    where = f"{template.name}:{block.line}"
    look = block.attributes
    layout = PangoCairo.create_layout(context)
    PangoCairo.context_set_resolution(layout.get_context(), 72)  # a point is a point, as everywhere in a PDF
    layout.set_font_description(_font(look.get("font", template.page["font"])))
    layout.set_width(round(look["width"] * POINTS * Pango.SCALE))
    layout.set_wrap(Pango.WrapMode.WORD_CHAR)
    layout.set_alignment(ALIGN[look.get("align", "left")])
    layout.set_line_spacing(look.get("spacing", 1.0))
    context.set_source_rgb(*look.get("color", BLACK))
    height = line_height = 0.0
    # Each paragraph is a layout of its own: the gap between them is not the one between lines.
    for number, paragraph in enumerate(templates.fill(block, record, template.name).split("\n")):
        _markup(layout, paragraph, where)
        _check_glyphs(layout, look.get("font", template.page["font"]), where)
        if number:
            height += look.get("gap", 0.0) + (look.get("spacing", 1.0) - 1) * line_height
        context.move_to(look["x"] * POINTS, (y + height) * POINTS)
        PangoCairo.show_layout(context, layout)
        height += layout.get_size().height / Pango.SCALE / POINTS
        line_height = layout.get_line_readonly(0).get_height() / Pango.SCALE / POINTS
    if height > look.get("height", height):
        raise Fault(f"{where}: the text is {height:.0f} mm high, its place {look['height']:.0f} mm")
    return y + height


def _font(name):
    if name not in _fonts:
        _fonts[name] = Pango.FontDescription(name)
    return _fonts[name]


def _markup(layout, text, where):
    try:
        ok, attributes, plain, _ = Pango.parse_markup(text, -1, "\0")
    except GLib.Error as error:
        raise Fault(f"{where}: not valid markup: {error.message}") from None
    if not ok:
        raise Fault(f"{where}: not valid markup")
    layout.set_text(plain, -1)
    layout.set_attributes(attributes)


def _check_glyphs(layout, font, where):
    """Pango prints a box with a number where no installed font has a character. Nobody wants such a letter."""
    if layout.get_unknown_glyphs_count() == 0:
        return
    unknown = [character for character in dict.fromkeys(layout.get_text()) if _is_unknown(layout, font, character)]
    names = [f"{character} (U+{ord(character):04X} {unicodedata.name(character, 'unnamed')})"
             for character in unknown[:10]]
    more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
    what = ", ".join(names) + more if names else f"a combination in '{layout.get_text()[:40]}'"
    raise Fault(f"{where}: no installed font has {what}; install one that has, or change the text")


def _is_unknown(layout, font, character):
    alone = Pango.Layout.new(layout.get_context())
    alone.set_font_description(_font(font))
    alone.set_text(character, -1)
    return alone.get_unknown_glyphs_count() > 0
