"""A submission full of script: in what it shows, in its prose, and in its author's name."""

from __future__ import annotations

from typing import Any

from courses_for_tests import A

from autograder.authoring import bank
from autograder.core.assignment import find

MALLORY = '"><img src=x onerror=own()>'
"""The name that it is handed in under."""
HOSTILE_HTML = [
    "<script>own()</script>",
    "<img src=x onerror=own()>",
    "<svg onload=own()><script>own()</script></svg>",
    "<iframe srcdoc='<script>parent.own()</script>'></iframe>",
    "<a href='javascript:own()'>a</a><a href='data:text/html,<script>own()</script>'>b</a>",
    "<a title='\n\n<script>own()</script>\n'>c</a>",
    "<style>@import 'https://example.org/x.css'; body { display: none }</style><base "
    "href='https://example.org/'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x "
    "onerror=own()&gt;'>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'><form "
    "action='https://example.org'><button>d</form>",
    "<h1>A heading of theirs</h1><details open ontoggle=own()><summary>e</summary></details>",
]
HOSTILE_MARKDOWN = [
    *HOSTILE_HTML,
    "[a](javascript:own()) [b]( javascript:own()) [c](&#106;avascript:own()) "
"[d](<javascript:own()>)",
    "[e]\n\n[e]: javascript:own()",
    "```mermaid\n<img src=x onerror=own()>\n```",
    '```x" onmouseover="own()\n1\n```',
    "$\\text{<img src=x onerror=own()>}$ $$\\href{javascript:own()}{x}$$ $x < 1$",
    "![a picture](attachment:gone.png) ![b](https://example.org/track.png)",
    "\\begin{x}<script>own()</script>\\end{x} `<script>own()</script>`",
]  # fmt: skip
FIGURE = {
    "data": [
        {
            "type": "scattergl",
            "y": [1, 2],
            "name": "<a href='javascript:own()'>n</a><img src=x onerror=own()>",
        },
        {"type": "scattergeo", "lon": [1], "lat": [1]},
        {"type": "splom", "dimensions": [{"values": [1, 2]}]},
        {"type": "image", "source": "https://example.org/track.png"},
        {
            "type": "scatter",
            "y": [2, 1],
            "text": ["<b>bold</b> <script>own()</script>"] * 2,
            "mode": "text",
        },
    ],
    "layout": {
        "title": {"text": "Mine <a href='https://example.org'>here</a>"},
        "width": 3000,
        "height": 9000,
        "images": [{"source": "https://example.org/track.png", "x": 0, "y": 0}],
        "mapbox": {"style": "https://example.org/style.json"},
        "updatemenus": [
            {
                "buttons": [
                    {"label": "<i>x</i>", "method": "restyle", "args": [{"type": "scattergeo"}]}
                ],
                "type": "buttons",
            }
        ],
    },
    "config": {"plotlyServerURL": "https://example.org"},
}
SHOWING = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display
import plotly.graph_objects as go
for text in {HOSTILE_HTML!r}: display(HTML(text))
for text in {HOSTILE_MARKDOWN!r}: display(Markdown(text))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>own()</script></svg>"))
display(Javascript("own()"))
display({{"application/vnd.plotly.v1+json": {FIGURE!r}}}, raw=True)
print("\\x1b[31mred\\x1b[0m \\u202egnp.exe <script>own()</script>")
class own_script(Exception): pass
own_script.__name__ = "<script>own()</script>"
raise own_script("<img src=x onerror=own()>")
"""
CANARY = "globalThis.owned = 0; globalThis.own = () => { globalThis.owned += 1 };"
"""What a browser runs before every page: `owned` counts the scripts that ran all the same."""


def hostile() -> dict[str, Any]:
    """A submission that tries everything: in outputs, in cells
    of its own, in the answer that a person reads.
    """
    notebook = bank.submission(
        find(A), {"z1": "z1 = x", "explain_fold": "\n\n".join(["A fold.", *HOSTILE_MARKDOWN])}
    )
    place = next(
        i
        for i, c in enumerate(notebook["cells"])
        if c["metadata"].get("nbgrader", {}).get("grade_id") == "z1"
    )
    own = [
        {
            "cell_type": "code",
            "id": "mine",
            "metadata": {},
            "source": SHOWING,
            "outputs": [],
            "execution_count": None,
        },
        *(
            {"cell_type": "markdown", "id": f"m{n}", "metadata": {}, "source": s}
            for n, s in enumerate(HOSTILE_MARKDOWN)
        ),
        {"cell_type": "raw", "id": "raw", "metadata": {}, "source": HOSTILE_HTML[0]},
    ]
    notebook["cells"][place + 1 : place + 1] = own
    return notebook
