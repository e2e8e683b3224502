create table "accounts" ("id" serial primary key, "name" varchar(255) not null, "kind" text check ("kind" in ('person', 'company')) default 'person', "balance" decimal(14, 2) default '0', "opted_in" boolean default '0', "created_at" timestamptz not null default CURRENT_TIMESTAMP, "updated_at" timestamptz not null default CURRENT_TIMESTAMP);
alter table "accounts" add constraint "accounts_name_unique" unique ("name");
create table "transfers" ("id" bigserial primary key, "account_id" integer not null, "amount" decimal(14, 2) not null, "at" timestamptz not null);
alter table "transfers" add constraint "transfers_account_id_foreign" foreign key ("account_id") references "accounts" ("id") on delete CASCADE;
create index "transfers_account_id_at_index" on "transfers" ("account_id", "at");
CREATE OR REPLACE FUNCTION on_update_timestamp() RETURNS trigger AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END;
$$ language 'plpgsql';
CREATE TRIGGER accounts_updated_at BEFORE UPDATE ON accounts FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE PROCEDURE on_update_timestamp();
create function normalise() returns trigger as $body$ begin new.name := btrim(new.name); return new; end $body$ language plpgsql;
create table labels (id serial primary key, name text not null);
create trigger labels_name before insert or update of name on labels for each row execute function normalise();
insert into labels (name) values ('  a b '), ('c');
update labels set name = name || ' ' where id = 2;
select id, name from labels order by id;
alter table "accounts" alter column "kind" drop default;
alter table "accounts" alter column "kind" set default 'company';
insert into "accounts" ("name", "updated_at") values ('Ann', '2020-01-01T00:00:00Z'), ('Bob', '2020-01-01T00:00:00Z');
select id, name, kind, balance, opted_in, updated_at from accounts order by id;
insert into "transfers" ("account_id", "amount", "at") values (1, 10.5, '2024-01-31T23:30:00+01:00'), (1, -3, '2024-02-01T00:00:00Z'), (2, 7.25, '2024-02-10 08:00Z');
update accounts set name = name where id = 1;
update accounts set name = ' Bobby' where id = 2;
select id, name, updated_at > '2021-01-01' as touched from accounts order by id;
with sums as (select account_id, sum(amount) as total from transfers group by account_id)
update accounts set balance = sums.total from sums where sums.account_id = accounts.id returning accounts.id, balance;
update transfers set (amount, at) = (amount + 1, at + interval '1 day') where id = 1 returning amount, at;
select * from "transfers" where "at" between '2024-02-01' and '2024-02-02' order by "id" asc for update;
