// Stands in for `@tauri-apps/api/core` in api-iife.js: the copy which the page already has.

import type * as Core from "@tauri-apps/api/core";

declare global {
  interface Window {
    __TAURI__: { core: typeof Core };
  }
}

export const { invoke, Channel } = window.__TAURI__.core;
