"""Certificates with SM2, RSA and EC keys (RFC 5280, GM/T 0015): read, chain, ask whether revoked, request, issue.

Use: ``certificate.parse`` and ``certificate.parse_pem``, ``path.build``, ``revocation.Checker``, ``identity`` for
who a certificate names, ``request`` and ``authority`` for the internal authority, ``private_key`` for officers' files.
Every refusal raises CertificateRejected with a machine word. Times come by argument; nothing here opens a connection.
"""
