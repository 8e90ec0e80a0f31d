import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
import type { Plugin } from "../types";

/** How the page felt: Core Web Vitals, each once its value is final. https://web.dev/articles/vitals */
const vitals: Plugin = function (tracker) {
  [onLCP, onINP, onCLS, onFCP, onTTFB].forEach(function (measure) {
    measure(function (metric: { name: string; value: number; rating: string; navigationType: string }) {
      tracker.emit_("web_vital", {
        metric: metric.name,
        // CLS is a small fraction, the others are milliseconds.
        value: Math.round(metric.value * 1e3) / 1e3,
        rating: metric.rating,
        navigation: metric.navigationType,
      });
    });
  });
};

export { vitals as default };
