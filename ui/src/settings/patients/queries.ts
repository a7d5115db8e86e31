/** Views and queries for a clinic's own database, to copy. */

/** The queries over a view with the columns of `directory/sql`. */
export const QUERY = `select * from callpop.patients
where phones10 @> array[:phone10]`;

export const SEARCH = `select * from callpop.patients
where (select bool_and(search_name like '% ' || word || '%') from unnest(:words) word)
   or chart = :text
   or (:digits <> '' and array_to_string(phones10, ' ') like '%' || :digits || '%')`;

const texts = import.meta.glob<string>("../../../../src-tauri/crates/directory/sql/*.sql", { query: "?raw", import: "default", eager: true });

/** Commented views that give those columns: one to begin with, and of systems whose tables are known. */
export const VIEWS: readonly { name: string; text: string }[] = Object.entries(texts)
  .map(([path, text]) => ({ name: path.slice(path.lastIndexOf("/") + 1, -".sql".length), text }))
  .sort((a, b) => Number(b.name === "example") - Number(a.name === "example") || a.name.localeCompare(b.name));
