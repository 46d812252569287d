/** @import { Action, Field } from './types.d.ts' */
import { html, useLayoutEffect, useRef, useState } from './preact.js';

/**
 * Asks for confirmation, and for what the action needs to know. The browser keeps the focus inside
 * and gives it back. One idempotency key for as long as it is open: pressing twice does it once.
 * @param {{ action: Action, onClose: () => void, onDone: (message: string) => void }} props
 */
export function ActionDialog({ action, onClose, onDone }) {
  const dialog = useRef(/** @type {any} */ (null));
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [error, setError] = useState('');
  const [isSending, setSending] = useState(false);
  useLayoutEffect(() => dialog.current.showModal(), []);

  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const values = valuesOf(event.currentTarget);
    setError('');
    setSending(true);
    try {
      const message = await action.send(values, idempotencyKey);
      dialog.current.close();
      onDone(message);
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setSending(false);
    }
  };

  return html`
    <dialog ref=${dialog} aria-labelledby="dialog-title" aria-describedby="dialog-text" onClose=${onClose}>
      <form onSubmit=${submit}>
        <h2 id="dialog-title">${action.title}</h2>
        <p id="dialog-text">${action.explanation}</p>
        ${action.details && html`<${Details} details=${action.details} />`}
        ${action.fields.map((field, index) => html`<${FieldInput} key=${field.name} field=${field} isFirst=${index === 0} />`)}
        <p class="error" role="alert">${error}</p>
        <div class="buttons">
          <button type="button" onClick=${() => dialog.current.close()}>Cancel</button>
          <button type="submit" class=${action.isDangerous ? 'danger' : 'primary'} disabled=${isSending}>
            ${isSending ? 'Sending …' : action.confirm}
          </button>
        </div>
      </form>
    </dialog>
  `;
}

/** @param {{ details: NonNullable<Action['details']> }} props */
function Details({ details }) {
  return html`
    <dl class="details">
      ${details.map(
        ([heading, lines]) => html`<div key=${heading}>
          <dt>${heading}</dt>
          ${lines.map((line) => html`<dd key=${line}>${line}</dd>`)}
        </div>`,
      )}
    </dl>
  `;
}

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>} trimmed; a box that is not ticked is missing
 */
function valuesOf(form) {
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(entries);
}

/** @param {{ field: Field, isFirst: boolean }} props */
function FieldInput({ field, isFirst }) {
  const { name, label, kind, hint, isRequired = false, options = [] } = field;
  const id = `field-${name}`;
  const common = {
    id,
    name,
    required: isRequired,
    autofocus: isFirst,
    'aria-describedby': hint ? `${id}-hint` : undefined,
  };
  if (kind === 'checkbox') {
    return html`<div class="field check">
      <input type="checkbox" value="true" ...${common} /><label for=${id}>${label}</label>
    </div>`;
  }
  return html`
    <div class="field">
      <label for=${id}>${label}${isRequired ? '' : html` <span class="muted">(optional)</span>`}</label>
      ${kind === 'text' && html`<textarea rows="2" maxlength="500" ...${common}></textarea>`}
      ${kind === 'datetime' && html`<input type="datetime-local" step="60" ...${common} />`}
      ${
        kind === 'select' &&
        html`<select ...${common}>
        ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
      </select>`
      }
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  `;
}
