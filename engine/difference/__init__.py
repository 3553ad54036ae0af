"""What differs between two versions of a policy, in the words of what it means: an element, a rule's cell, a field, a setting.

Pure: two bundles' files in, changes out. What only looks different (a moved shape, the order of elements in a file, who saved
it) is no change.
"""

from engine.difference.changes import Change, How, Kind, difference
from engine.difference.words import HOWS, KINDS, part_name, property_name, say

__all__ = ["HOWS", "KINDS", "Change", "How", "Kind", "difference", "part_name", "property_name", "say"]
