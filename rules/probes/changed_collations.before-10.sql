-- Versions of collations are not known before PostgreSQL 10.
select ''::text as "collation", ''::text as "recorded", ''::text as "actual" where false
