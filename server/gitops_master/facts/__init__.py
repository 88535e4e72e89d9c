"""What follows from the objects: promotion order, availability gates, health, who failed first. Pure functions and views.

No I/O, no clock (a snapshot knows its time), no judgement: what is wrong and what to do is said in rules/.
"""
