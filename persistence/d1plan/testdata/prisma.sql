-- CreateEnum
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "displayName" TEXT,
    "role" "Role" NOT NULL DEFAULT 'USER',
    "roles" "Role"[] DEFAULT ARRAY['USER']::"Role"[],
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Post" (
    "id" SERIAL NOT NULL,
    "authorId" TEXT NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "published" BOOLEAN NOT NULL DEFAULT false,
    "rating" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "meta" JSONB,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "_PostToTag" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "_PostToTag_AB_unique" ON "_PostToTag"("A", "B");

-- CreateIndex
CREATE INDEX "_PostToTag_B_index" ON "_PostToTag"("B");

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_PostToTag" ADD CONSTRAINT "_PostToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "Post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterEnum
ALTER TYPE "Role" ADD VALUE 'OWNER';

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "age" INTEGER,
ADD COLUMN     "country" TEXT NOT NULL,
ALTER COLUMN "displayName" SET NOT NULL;

INSERT INTO "User" ("id", "email", "displayName", "updatedAt", "country") VALUES ('u1', 'a@x.org', 'A', '2024-05-01 10:00:00.000', 'NL');
INSERT INTO "Post" ("authorId", "title", "published") VALUES ('u1', 'First', true), ('u1', 'Second', false);
INSERT INTO "_PostToTag" VALUES (1, 9);
SELECT "public"."User"."id", "public"."User"."role"::text, "public"."User"."updatedAt", array_to_json("public"."User"."roles") AS "roles" FROM "public"."User" WHERE ("public"."User"."email" = 'a@x.org' AND 1=1) LIMIT 1 OFFSET 0;
SELECT "t0"."id", "t0"."title", "t0"."published" FROM "public"."Post" AS "t0" LEFT JOIN "public"."User" AS "j0" ON ("j0"."id") = ("t0"."authorId") WHERE ("t0"."published" = true OR "t0"."title"::text LIKE 'S%') ORDER BY "t0"."id" DESC;
UPDATE "public"."User" SET "id" = 'u2', "updatedAt" = '2024-05-02 10:00:00.000' WHERE "public"."User"."id" = 'u1' RETURNING "id", "updatedAt";
SELECT "authorId", COUNT(*) FILTER (WHERE "published") AS "n" FROM "Post" GROUP BY "authorId";
DELETE FROM "Post" USING "User" AS u WHERE u."id" = "Post"."authorId" AND u."email" = 'a@x.org' AND "Post"."published";
SELECT COUNT(*) AS "posts", (SELECT COUNT(*) FROM "_PostToTag") AS "tags" FROM "Post";
