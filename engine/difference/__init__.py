"""What differs between two versions of a policy, in the words of what it means: an element, a rule's cell, a field, a setting.

Pure: two bundles' files in, changes out. What only looks different (a moved shape, the order of elements in a file, who saved
it) is no change.
"""

from engine.difference.changes import Cell, Change, How, Kind, difference
from engine.difference.marks import Drawing, Mark, drawings, in_order, mark_of
from engine.difference.pieces import Piece, pieces
from engine.difference.tables import Row, RuleTable, holders, others, rows, rule_tables
from engine.difference.words import HOWS, KINDS, column_name, name_of, part_name, property_name, say, value_name

__all__ = [
    "HOWS",
    "KINDS",
    "Cell",
    "Change",
    "Drawing",
    "How",
    "Kind",
    "Mark",
    "Piece",
    "Row",
    "RuleTable",
    "column_name",
    "difference",
    "drawings",
    "holders",
    "in_order",
    "mark_of",
    "name_of",
    "others",
    "part_name",
    "pieces",
    "property_name",
    "rows",
    "rule_tables",
    "say",
    "value_name",
]
