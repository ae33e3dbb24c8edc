"""Authors the shipped proposal template with XlsxWriter: ``python -m workbook.author``.

The template is a complete native Excel model: every cost line of every option by year is a formula that follows
docs/definitions.md, so that a customer can audit it without us, and the engine's own figures stand beside it on the
sheet Checks. README.md beside this file is the contract between the template and the code that fills it.
"""
