"""Refusals of this package.

IdpError
└── IdentifierRejected    the text is not the identifier it should be
"""

from idp.errors import IdpError


class IdentifierRejected(IdpError):
    """The text is refused; ``code`` names the kind of identifier and what is wrong with it.

    ``<kind>.format`` means that length or characters are wrong, ``<kind>.check`` that a check character, a
    birth date or a region inside does not hold, ``id.empty`` that nothing was typed. Kinds: id, mobile, name,
    document, region, uscc, org_code, registration, tax. ``detail`` names the broken rule and never holds any
    part of the text.
    """
