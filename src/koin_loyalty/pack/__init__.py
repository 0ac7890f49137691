"""The weekly pack: one workbook and one page per business unit and week, from the marts."""
