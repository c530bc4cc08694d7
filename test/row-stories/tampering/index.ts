import type { RowStory } from "../row-story.ts";
import { FILES } from "./files.ts";
import { OBJECT_STORES } from "./object-stores.ts";
import { PRODUCT } from "./product.ts";
import { SEALED_STORE_STORIES } from "./sealed-stores.ts";
import { SERVICES } from "./services.ts";
import { STORAGE } from "./storage.ts";

/** Stories of what is done to backups. */
export const TAMPERING: readonly RowStory[] = [
  ...FILES,
  ...OBJECT_STORES,
  ...PRODUCT,
  ...SEALED_STORE_STORIES,
  ...SERVICES,
  ...STORAGE,
];
