-- +goose Up

-- From where a key may be used. A list without entries restricts nothing.
CREATE TABLE api_key_ip_whitelist (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    api_key_id uuid        NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    addr       cidr        NOT NULL,
    label      text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (api_key_id, addr)
);

CREATE TABLE api_key_ip_blacklist (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    api_key_id uuid        NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    addr       cidr        NOT NULL,
    label      text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (api_key_id, addr)
);

-- From where a key was used while it learnt its addresses.
CREATE TABLE api_key_ip_seen (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    api_key_id    uuid        NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    addr          cidr        NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    hit_count     bigint      NOT NULL DEFAULT 1,
    locked_in     boolean     NOT NULL DEFAULT false,
    UNIQUE (api_key_id, addr)
);

-- Rules for all keys, or for all callers of one client.
CREATE TABLE ip_global_whitelist (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    addr        cidr        NOT NULL,
    client_name text,
    label       text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ip_global_whitelist_rule ON ip_global_whitelist (addr, coalesce(client_name, ''));

CREATE TABLE ip_global_blacklist (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    addr        cidr        NOT NULL,
    client_name text,
    label       text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ip_global_blacklist_rule ON ip_global_blacklist (addr, coalesce(client_name, ''));

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key_ip_whitelist
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key_ip_blacklist
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ip_global_whitelist
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ip_global_blacklist
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

ALTER TABLE api_key_client_config ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();

-- What a client's operator sets beside its address.
CREATE TABLE athena_client_configs (
    client_name text        PRIMARY KEY,
    config      jsonb       NOT NULL,
    metadata    jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- A configuration can say whether keys are enforced, so both listeners hear of it.
CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON athena_client_configs
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_configs');

CREATE TRIGGER notify_keys
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON athena_client_configs
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

-- What a state of a subscription or a payment grants.
INSERT INTO api_key_rights (name, description) VALUES
    ('invoice.open', 'Granted while an invoice is open'),
    ('invoice.paid', 'Granted once an invoice is paid'),
    ('payment.paid', 'Granted once a payment has arrived'),
    ('payment.failed', 'Granted after a payment that failed'),
    ('payment.refunded', 'Granted after a payment that was given back'),
    ('payment-link.paid', 'Granted once a payment link is paid'),
    ('payment-link.failed', 'Granted after a payment link that failed'),
    ('subscription.active', 'Granted while a subscription runs'),
    ('subscription.canceled', 'Granted once a subscription was cancelled'),
    ('subscription.past-due', 'Granted while a subscription is overdue')
ON CONFLICT (name) DO NOTHING;
