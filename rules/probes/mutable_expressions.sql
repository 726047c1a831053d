-- A cast by way of text names the type of its argument: that of a column, of a constant, or of what a function, an operator
-- or another cast gives. 1186 is the type interval.
with expressions as (
  select 'index' as kind, i.indexrelid::pg_catalog.regclass::text as name, coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, '') as tree
    from pg_catalog.pg_index i
   where i.indexrelid >= 16384 and (i.indexprs is not null or i.indpred is not null)
  union all
  -- There are generated columns since 12, so the flag is read by way of JSON.
  select 'column', e.adrelid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), e.adbin::text
    from pg_catalog.pg_attrdef e
    join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum
   where e.oid >= 16384 and e.adbin::text like '%COERCEVIAIO%' and coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> ''
)
select x.kind as "kind", x.name as "name"
  from expressions x
 where x.tree ~ ('COERCEVIAIO :arg \{(?:VAR :varno \d+ :varattno -?\d+ :vartype|CONST :consttype|FUNCEXPR :funcid \d+ :funcresulttype'
                 || '|OPEXPR :opno \d+ :opfuncid \d+ :opresulttype|RELABELTYPE :arg \{[^{}]*\} :resulttype|COALESCE :coalescetype|CASE :casetype) 1186 ')
 order by 1, 2
