"""Values only: objects off the wire (frozen msgspec structs with the fields we read) and what tools answer (pydantic).

No I/O, no clock, no logging; imports nothing of this program but itself. Everybody may import it.
"""
