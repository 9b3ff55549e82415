"""Value types of people, documents and organisations: parsed and valid, or refused; masked when printed.

Reading order: normalise, shown, masking; region, id_number, mobile, login_name; person_name, document;
organisation_code, uscc, registration_number, tax_number. A value that exists is valid: constructors check all
that does not depend on the day, the ``parse_*`` functions accept what people type and paste, and check the
rest.
"""
