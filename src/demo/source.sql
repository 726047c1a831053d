-- The database of the demonstration: a small shop, with faults that stop or spoil a migration.
create role shop_owner;
create role auditor superuser;
create role reporting login bypassrls;

create schema shop authorization shop_owner;
set role shop_owner;

create table shop.customer (
  id    bigint primary key,
  name  text not null,
  email text unique
);
create table shop.purchase (
  id          bigint primary key,
  customer_id bigint not null references shop.customer,
  amount      numeric(12, 2) not null,
  placed_at   timestamptz not null default now()
);
insert into shop.customer select n, 'customer ' || n, 'c' || n || '@example.com' from generate_series(1, 1000) n;
insert into shop.purchase select n, 1 + n % 1000, n / 7.0, timestamptz '2026-01-01' + n * interval '1 minute'
  from generate_series(1, 20000) n;

-- Row-level security hides these rows from the migration user.
create table shop.payroll (employee text, salary numeric);
insert into shop.payroll values ('Ada', 1000), ('Grace', 2000);
alter table shop.payroll enable row level security;
create policy own_salary on shop.payroll using (employee = current_user);

-- A name that is hostile to whatever shows it.
create table shop."Robert'); drop table <b>students</b>;--" (id int);
create table shop."Purchase" (id int);
reset role;

-- Only a superuser can create an event trigger.
create function public.log_ddl() returns event_trigger language plpgsql as 'begin end';
create event trigger log_ddl on ddl_command_start execute procedure public.log_ddl();

-- Not trusted, so the migration user cannot create it on the target.
create extension dblink;
create extension hstore;

create role pgpassage_mover login createdb;
grant usage on schema shop to pgpassage_mover;
grant select on shop.customer, shop.purchase, shop.payroll to pgpassage_mover;
grant pg_read_all_settings to pgpassage_mover;
