import { html, useState } from './preact.js';

/**
 * Asks for the function key.
 * @param {{ message: string | null, onKey: (key: string) => void }} props
 */
export function SignIn({ message, onKey }) {
  const [key, setKey] = useState('');
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    // A header cannot carry anything else.
    const clean = key.replace(/[^\x21-\x7e]/g, '');
    if (clean) onKey(clean);
  };
  return html`
    <main class="sign-in">
      <form onSubmit=${submit}>
        <h1>Twinkey</h1>
        <p id="key-hint">
          The function key of this service opens the page. It is kept in this tab only, until you
          close it.
        </p>
        <label for="function-key">Function key</label>
        <input
          id="function-key"
          type="password"
          autocomplete="off"
          spellcheck=${false}
          required
          autofocus
          aria-describedby="key-hint"
          value=${key}
          onInput=${(/** @type {any} */ event) => setKey(event.target.value)}
        />
        <p class="error" role="alert">${message}</p>
        <button class="primary" type="submit">Open</button>
      </form>
    </main>
  `;
}
