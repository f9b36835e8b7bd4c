import { css } from 'lit';

/** What all components share: buttons, focus, quiet text. */
export const shared = css`
  * {
    box-sizing: border-box;
  }
  :host {
    display: block;
  }
  [hidden] {
    display: none !important;
  }
  h2,
  h3 {
    line-height: 1.25;
    margin: 0;
    font-size: 1.125rem;
  }
  p {
    margin: 0;
  }
  a {
    color: var(--accent);
  }
  button,
  .button {
    font: inherit;
    font-weight: 550;
    padding: 0.5rem 1rem;
    min-height: 44px;
    border-radius: 999px;
    border: 1px solid var(--line);
    background: var(--surface);
    color: var(--text);
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    border-color: var(--accent);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.main {
    background: var(--accent);
    color: var(--on-accent);
    border-color: transparent;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  .quiet {
    color: var(--quiet);
    font-size: 0.875rem;
  }
  .bad {
    color: var(--bad);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem;
    align-items: center;
  }
  details {
    border-top: 1px solid var(--line);
    padding: 0.75rem 0;
  }
  summary {
    cursor: pointer;
    padding: 0.25rem 0;
  }
  table {
    border-collapse: collapse;
    font-size: 0.875rem;
  }
  th,
  td {
    text-align: left;
    font-weight: normal;
    padding: 0.2rem 1.5rem 0.2rem 0;
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  th {
    color: var(--quiet);
    white-space: nowrap;
  }
`;
