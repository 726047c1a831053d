-- A second database: partitions, an identity column, a materialized view.
create table contact (id bigint generated always as identity primary key, name text not null unique);
insert into contact (name) select 'contact ' || n from generate_series(1, 500) n;
create table call (contact_id bigint not null references contact, at date not null, seconds int) partition by range (at);
create table call_2025 partition of call for values from ('2025-01-01') to ('2026-01-01');
create table call_2026 partition of call for values from ('2026-01-01') to ('2027-01-01');
insert into call select 1 + n % 500, date '2025-06-01' + n % 500, n from generate_series(1, 5000) n;
create materialized view busy as select contact_id, count(*) as calls from call group by contact_id;
create unique index on busy (contact_id);
alter table contact owner to shop_owner;
alter table call owner to shop_owner;
alter table call_2025 owner to shop_owner;
alter table call_2026 owner to shop_owner;
alter materialized view busy owner to shop_owner;
grant select on contact, call, call_2025, call_2026, busy to pgpassage_mover;
grant select on sequence contact_id_seq to pgpassage_mover;
