"""The stages joined: a claimed unit goes in, facts or a write come out, and the unit is settled."""
