/* signed_by: who signed a file, in SQL, for judges that compare signers. */
#ifndef JUDGE_SIGNED_BY_H
#define JUDGE_SIGNED_BY_H

/* The organization of whoever signed the row `t` of table trust, which stays the same while certificates
 * change; NULL if nobody did. */
#define SIGNED_BY                                                                                            \
    "(SELECT coalesce(c.organization, c.name, '') FROM signature s JOIN certificate c ON c.thumbprint = "    \
    "s.thumbprint WHERE s.artifact = coalesce(t.catalog, t.artifact) AND s.ordinal = t.signature)"

#endif
