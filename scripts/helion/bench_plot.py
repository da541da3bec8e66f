"""A plot of the operations that have a bar, as SVG: a figure for each architecture, its bar and what seL4 needs."""

from xml.sax.saxutils import escape

from .bench_table import ARCHES, describe, names, number

COLOURS = {"x86_64": "#2b6cb0", "aarch64": "#2f855a", "riscv64": "#b7791f"}
LEFT, RIGHT, TOP_MARGIN, ROW, GAP = 250, 60, 56, 13, 12
WIDTH = 900


def chosen(by_arch):
    """Operations with a bar or a peer; of those that make and delete objects, only Pages."""
    return [name for name in names(by_arch) if any(describe(name)[1]) and name != "interrupts-off" and
            (not name.startswith(("create-", "delete-")) or name.endswith("-pages"))]


def scale_end(by_arch, rows):
    """The largest value shown, rounded up."""
    values = [value for name in rows for arch, found in by_arch.items()
              for value in (found.get(f"op.{name}"), describe(name)[1][ARCHES.index(arch)],
                            describe(name)[2][ARCHES.index(arch)]) if value]
    step = 500
    return (int(max(values, default=step)) // step + 1) * step


class Drawing:
    def __init__(self, height):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                      f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
                      f'<rect width="{WIDTH}" height="{height}" fill="white"/>']

    def rect(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>')

    def line(self, x1, y1, x2, y2, colour, width=1, dash=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                          f'stroke-width="{width}"' + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")

    def text(self, x, y, text, anchor="start", colour="#222", size=11):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
                          f'font-size="{size}">{escape(text)}</text>')

    def done(self):
        return "\n".join(self.parts + ["</svg>", ""])


def draw_legend(drawing, arches):
    x = LEFT
    for arch in arches:
        drawing.rect(x, 24, 12, 10, COLOURS[arch])
        drawing.text(x + 16, 33, arch)
        x += 80
    drawing.line(x, 22, x, 36, "#000", 2)
    drawing.text(x + 6, 33, "bar")
    drawing.line(x + 50, 22, x + 50, 36, "#c53030", 2)
    drawing.text(x + 56, 33, "seL4")


def plot(by_arch):
    """The SVG file's text."""
    rows = chosen(by_arch)
    height = TOP_MARGIN + len(rows) * (len(by_arch) * ROW + GAP) + 24
    end = scale_end(by_arch, rows)
    drawing = Drawing(height)

    def at(value):
        return LEFT + (WIDTH - LEFT - RIGHT) * value / end

    drawing.text(LEFT, 14, "Instructions per operation", size=13)
    draw_legend(drawing, by_arch)
    for value in range(0, end + 1, 500):
        drawing.line(at(value), TOP_MARGIN - 8, at(value), height - 20, "#ddd")
        drawing.text(at(value), height - 8, number(value), "middle", "#666")
    y = TOP_MARGIN
    for name in rows:
        words, bars, peers = describe(name)
        drawing.text(LEFT - 8, y + len(by_arch) * ROW / 2 + 4, words, "end")
        for arch, found in by_arch.items():
            value = found.get(f"op.{name}")
            bar, peer = bars[ARCHES.index(arch)], peers[ARCHES.index(arch)]
            if value is not None:
                drawing.rect(LEFT, y + 1, at(value) - LEFT, ROW - 2, COLOURS[arch])
                drawing.text(WIDTH - 10, y + ROW - 3, number(value), "end", "#444", 10)
            if bar is not None:
                drawing.line(at(bar), y, at(bar), y + ROW, "#000", 2)
            if peer is not None:
                drawing.line(at(peer), y, at(peer), y + ROW, "#c53030", 2)
            y += ROW
        y += GAP
    return drawing.done()
