-- From 18 on NOT NULL is a constraint that is inherited: no child can be without.
select ''::text as "schema", ''::text as "name", ''::text as "column", ''::text as "parent", ''::text as "reads", 0::bigint as "bytes", ''::text as "statement", false as "suspect" where false
