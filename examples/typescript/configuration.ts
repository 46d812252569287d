/**
 * What the examples read from the environment:
 *
 * - `KEY_VAULT_URL`, `KEY_SECRET_NAME`: where the account's key is
 * - `AZURE_CLIENT_ID`: of a user-assigned identity; left out, it is the system-assigned one
 * - `AI_ENDPOINT`: the account's endpoint; for Translator also `AI_REGION`, for Azure OpenAI also
 *   `AZURE_OPENAI_DEPLOYMENT`
 * - `EVENTS_CODE`: the secret in the URL of the Event Grid subscription, `…/events?code=…`
 * - `TWINKEY_SUBSCRIBER`, `TWINKEY_API_URL`, `TWINKEY_FUNCTION_KEY_FILE`: to acknowledge, if the account
 *   lists the app
 * - `HOST`, `PORT`: where to listen; default: everywhere, 8080
 */

/** A variable of the environment. Its name is all that is said when it is missing. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Expected the environment variable ${name}, found none.`);
  return value;
}
