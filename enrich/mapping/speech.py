"""English words that carry no wish of their own, turn one round, or say that it is somebody else's."""


def listed(text: str) -> tuple[str, ...]:
    """The comma-separated items of a text.

    >>> listed("i have a, thank you")
    ('i have a', 'thank you')
    """
    return tuple(" ".join(item.split()) for item in text.split(","))


POLITE = listed("please, pls, thanks, thank you, thx, cheers, ok, okay, hi, hello")

FIRST_PERSON = frozenset(listed("i, i'm, im, i've, ive, i'd, me, myself"))

FILLERS = listed("""
    i, i'm, im, i've, ive, i'd, i am, i have, me, for me, myself, have, have got, got, we, we're, we are, it
    is, it's, its, it was, a, an, the, to, also, too, as well, yes
""")

NEEDS = listed("""
    allergic, allergic to, allergy, allergy to, allergies, my allergy, my allergies, intolerant, intolerant
    to, intolerance, intolerance to, food, diet, my diet, dietary, dietary needs, dietary requirements,
    restriction, restrictions, requirement, requirements, strict, strictly, follow
""")

WISHES = listed("""
    prefer, would like, would love, would be nice, would be great, would be lovely, would be ideal, like,
    love, want, wish, if possible, when possible, if available, ideally, preferably, seat, seats, seating,
    to sit, sit, sitting, table, tables, spot, place, somewhere, in, at, on, by, near, next to, close to,
    celebrating, celebrate, celebrated, our, my, this
""")

NEGATIONS = frozenset(
    listed("""
    no, not, never, none, nothing, nope, neither, nor, without, cannot, can't, cant, don't, dont, doesn't,
    doesnt, didn't, didnt, isn't, isnt, aren't, arent, wasn't, wasnt, haven't, havent, hasn't, hasnt, won't,
    wouldn't, shouldn't, ain't, non, nobody, anymore, longer, except, unless, avoid, avoiding, stopped,
    outgrew, outgrown, cleared, cured, former, formerly, previously, away, far, hate, hates, dislike,
    dislikes, unlike, instead
""")
)

PEOPLE = frozenset(
    listed("""
    he, he's, she, she's, they, they're, his, her, hers, him, their, theirs, them, my, our, for, someone,
    somebody, one, another, other, others, everyone, everybody, anyone, who, whose, wife, husband, partner,
    spouse, fiance, fiancee, fiancé, fiancée, boyfriend, girlfriend, bf, son, sons, daughter, daughters,
    kid, kids, child, children, baby, babies, toddler, toddlers, boy, girl, mother, mom, mum, mommy, mummy,
    father, dad, daddy, parent, parents, brother, brothers, sister, sisters, sibling, siblings, grandmother,
    grandma, nan, grandfather, grandpa, grandparents, grandson, granddaughter, aunt, uncle, cousin, cousins,
    niece, nephew, friend, friends, mate, guest, guests, companion, companions, colleague, colleagues,
    coworker, boss, client, clients, party, group, family, relative, relatives
""")
)
