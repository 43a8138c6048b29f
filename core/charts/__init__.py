"""Charts as SVG markup: a dataclass of numbers and ready-made words goes in, safe text comes out.

No chart knows the database, the clock or the language: labels arrive formatted and translated. No inline styles: every
colour is a class that `static/css/components/charts.css` fills from the tokens,
so dark mode and print need no second drawing.
"""
