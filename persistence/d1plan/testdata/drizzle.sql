DO $$ BEGIN
 CREATE TYPE "public"."role" AS ENUM('admin', 'member');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "teams" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" varchar(256) NOT NULL,
	"slug" text NOT NULL,
	"created_at" timestamp DEFAULT now() NOT NULL,
	CONSTRAINT "teams_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "members" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" integer NOT NULL,
	"role" "role" DEFAULT 'member' NOT NULL,
	"settings" jsonb DEFAULT '{"theme":"dark"}'::jsonb NOT NULL,
	"quota" bigint DEFAULT 10,
	"seen_at" timestamp with time zone
);
--> statement-breakpoint
DO $$ BEGIN
 ALTER TABLE "members" ADD CONSTRAINT "members_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'plan') THEN
    CREATE TYPE plan AS ENUM ('free', 'pro');
  END IF;
END
$$;--> statement-breakpoint
ALTER TYPE "public"."role" ADD VALUE 'owner' BEFORE 'admin';--> statement-breakpoint
ALTER TABLE "teams" ADD COLUMN "plan" "plan" NOT NULL;--> statement-breakpoint
ALTER TABLE "teams" ALTER COLUMN "plan" SET DEFAULT 'free';--> statement-breakpoint
ALTER TABLE "members" ALTER COLUMN "quota" SET DATA TYPE integer;--> statement-breakpoint
ALTER TABLE "members" ALTER COLUMN "quota" SET NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX IF NOT EXISTS "members_team_role" ON "members" USING btree ("team_id","role") WHERE "members"."role" = 'owner';
--> statement-breakpoint
INSERT INTO "teams" ("name", "slug") VALUES ('One', 'one'), ('Two', 'two') ON CONFLICT ("slug") DO NOTHING;
INSERT INTO "members" ("id", "team_id", "role", "settings", "seen_at") VALUES
 ('5a9e1a1e-0000-4000-8000-000000000001', 1, 'owner', '{"theme":"light","n":5}', '2024-02-29T12:00:00.000Z'),
 ('5a9e1a1e-0000-4000-8000-000000000002', 2, DEFAULT, DEFAULT, NULL);
SELECT id, team_id, role, settings, quota, seen_at FROM members ORDER BY id;
SELECT m.settings->>'theme' AS theme, t.plan FROM members m INNER JOIN teams t ON m.team_id = t.id WHERE t.slug ILIKE 'ONE';
INSERT INTO teams (name, slug, plan) VALUES ('Uno', 'one', 'pro') ON CONFLICT ON CONSTRAINT teams_slug_unique DO UPDATE SET name = excluded.name, plan = excluded.plan RETURNING id, name, plan;
UPDATE members SET settings = jsonb_set(settings, '{theme}', '"blue"') WHERE team_id = 2 RETURNING settings;
DELETE FROM teams WHERE slug = 'one';
SELECT count(*) AS left FROM members;
