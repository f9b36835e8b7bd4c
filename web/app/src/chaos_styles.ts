import { css } from 'lit';

/** The layout of <cutout-chaos>. */
export const chaosStyles = css`
  :host {
    --good: light-dark(#1d7042, #5fd096);
    max-width: 76rem;
    margin: 0 auto;
    padding: 0 clamp(1rem, 4vw, 2rem);
  }
  h1 {
    font-size: clamp(1.6rem, 5vw, 2.4rem);
    line-height: 1.15;
    letter-spacing: -0.02em;
    margin: 2rem 0 0.5rem;
  }
  .head {
    margin-bottom: 1.5rem;
  }
  main {
    display: grid;
    grid-template-columns: minmax(0, 20rem) minmax(0, 1fr);
    gap: 2rem clamp(1.5rem, 4vw, 3rem);
    align-items: start;
  }
  form {
    position: sticky;
    top: 1rem;
    max-height: calc(100dvh - 2rem);
    overflow-y: auto;
    padding: 1rem;
    border: 1px solid var(--line);
    border-radius: calc(var(--round) * 1.25);
    background: var(--surface);
  }
  section {
    min-width: 0;
    container-type: inline-size;
  }
  label,
  legend {
    display: block;
    padding: 0;
    margin: 0.9rem 0 0.3rem;
    font-size: 0.875rem;
    font-weight: 550;
  }
  select,
  input[type='text'] {
    font: inherit;
    width: 100%;
    min-height: 44px;
    padding: 0.25rem 0.6rem;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--page);
    color: var(--text);
  }
  .check {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0.6rem;
    align-items: start;
    font-weight: normal;
  }
  .check input {
    width: 1.15rem;
    height: 1.15rem;
    margin: 0.1rem 0 0;
    accent-color: var(--accent);
  }
  .segments {
    border: 0;
    margin: 0;
    padding: 0;
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    gap: 0.4rem;
  }
  .segments legend {
    float: left;
    grid-column: 1 / -1;
  }
  .segments label {
    margin: 0;
    position: relative;
    font-weight: 550;
  }
  .segments input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .segments span {
    display: grid;
    place-items: center;
    min-height: 44px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--page);
  }
  .segments input:checked + span {
    border-color: var(--accent);
    background: color-mix(in srgb, var(--accent) 16%, var(--page));
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .segments input:focus-visible + span {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  form details {
    margin-top: 1rem;
    padding: 0.5rem 0;
  }
  form summary {
    font-size: 0.875rem;
  }
  .photo {
    border-radius: var(--round);
  }
  .photo img {
    display: block;
    width: 100%;
    height: 9.5rem;
    object-fit: contain;
    border-radius: 10px;
    background: var(--page);
  }
  .photo.over {
    outline: 3px dashed var(--accent);
    outline-offset: 4px;
  }
  .photo p {
    margin-top: 0.4rem;
  }
  .file {
    display: inline-block;
    position: relative;
    margin: 0;
    font-weight: normal;
    color: var(--accent);
    text-decoration: underline;
    cursor: pointer;
  }
  .file input {
    position: absolute;
    inset: 0;
    width: 100%;
    opacity: 0;
    cursor: pointer;
  }
  .file:focus-within span {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  .buttons {
    position: sticky;
    bottom: -1rem;
    padding: 0.75rem 0;
    background: var(--surface);
  }
  .buttons button:first-child {
    flex: 1;
  }
  .words a {
    display: block;
  }
  .words,
  .words code {
    overflow-wrap: anywhere;
    font-size: 0.8125rem;
  }
  .counters {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 2rem;
    margin: 0 0 1rem;
    font-variant-numeric: tabular-nums;
  }
  .counters div {
    display: flex;
    flex-direction: column-reverse;
  }
  .counters dt {
    color: var(--quiet);
    font-size: 0.8125rem;
  }
  .counters dd {
    margin: 0;
    font-size: 1.75rem;
    font-weight: 600;
    line-height: 1.2;
    letter-spacing: -0.01em;
  }
  .counters small {
    font-size: 1rem;
    font-weight: normal;
    color: var(--quiet);
  }
  .counters .good dd {
    color: var(--good);
  }
  .counters .wrong dd {
    color: var(--bad);
  }
  .pictures {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 14rem));
    gap: 0.75rem;
    margin: 1rem 0;
  }
  .pictures figure,
  .key-row {
    margin: 0;
  }
  .pictures figcaption,
  .key-row figcaption {
    margin: 0.3rem 0 0;
  }
  .checks {
    aspect-ratio: 4 / 3;
    display: grid;
    place-items: center;
    border-radius: 10px;
    overflow: hidden;
    background: repeating-conic-gradient(
        var(--check-a) 0 25%,
        var(--check-b) 0 50%
      )
      0 0 / 20px 20px;
  }
  .checks img {
    max-width: 100%;
    max-height: 100%;
    min-height: 0;
  }
  .key-row {
    margin: 1rem 0 0.75rem;
  }
  .past {
    border-left: 4px solid var(--accent);
    padding: 0.25rem 0.75rem;
    margin-bottom: 1rem;
    font-size: 0.875rem;
  }
  .empty {
    display: grid;
    gap: 1rem;
    max-width: 36rem;
    margin: 0;
    padding: 1.5rem 1.5rem 1.5rem 3rem;
    border: 2px dashed var(--line);
    border-radius: calc(var(--round) * 1.25);
    color: var(--quiet);
  }
  .empty b {
    color: var(--text);
    font-weight: 600;
  }
  .link {
    border: 0;
    padding: 0;
    min-height: 0;
    background: none;
    color: var(--accent);
    font-weight: normal;
    text-decoration: underline;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.5rem;
    align-items: center;
    margin-top: 2rem;
    padding: 0.75rem 0 1.5rem;
    border-top: 1px solid var(--line);
    font-size: 0.875rem;
  }
  footer .link {
    min-height: 44px;
  }
  .narrow {
    display: none;
  }
  @media (max-width: 52rem) {
    .narrow {
      display: flex;
      position: sticky;
      top: 0.5rem;
      z-index: 1;
      justify-content: flex-end;
      margin-bottom: -2.75rem;
      pointer-events: none;
    }
    .narrow button {
      pointer-events: auto;
    }
    section.running {
      min-height: 95dvh;
    }
    main {
      grid-template-columns: minmax(0, 1fr);
    }
    form {
      position: static;
      max-height: none;
    }
    section {
      scroll-margin-top: 1rem;
    }
    h1 {
      margin-top: 1rem;
    }
  }
`;
