// What is published where the tests look.
import { BASE_URL } from "./server.mjs";

/** Packages of the marketplace; none where it cannot be asked. */
export async function packages() {
  const answer = await fetch(`${BASE_URL}/api/marketplace/packages?limit=100`);
  return answer.ok ? (await answer.json()).packages : [];
}

/** The names of what is installed. */
export async function installed() {
  const answer = await fetch(`${BASE_URL}/api/plugins`);
  return answer.ok ? (await answer.json()).map(({ name }) => name) : [];
}
