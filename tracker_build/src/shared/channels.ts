/**
 * Where visitors come from, as a table: the first row that fits gives the channel. A row fits when every pattern it
 * has is found: in the medium or source of the campaign, in the click id's name, in the host of the referrer.
 */
export interface Rule {
  channel: string;
  /** utm_medium */
  medium?: RegExp;
  /** utm_source, or else the referrer's host */
  source?: RegExp;
  /** name of the click id in the address */
  click?: RegExp;
}

const SEARCH = /google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|qwant|startpage|naver|brave|seznam/i;
const SOCIAL = /facebook|fb\.|instagram|linkedin|lnkd|twitter|^t\.co|^x\.com|reddit|pinterest|tiktok|snapchat|threads|mastodon|bsky|weibo|vk\.com/i;

export const RULES: Rule[] = [
  { channel: "email", medium: /^e-?mail|newsletter/i },
  { channel: "affiliate", medium: /affiliat/i },
  { channel: "display", medium: /display|banner|cpm/i },
  { channel: "paid social", medium: /cpc|ppc|paid/i, source: SOCIAL },
  { channel: "paid search", medium: /cpc|ppc|paid/i },
  { channel: "paid search", click: /gclid|gbraid|wbraid|msclkid|yclid/ },
  { channel: "paid social", click: /ttclid|twclid|li_fat_id/ },
  { channel: "ai", source: /chatgpt|openai|perplexity|claude\.ai|gemini\.google|copilot/i },
  { channel: "email", source: /mail\./ },
  { channel: "video", source: /youtu|vimeo|twitch|dailymotion/i },
  { channel: "social", source: SOCIAL },
  { channel: "social", click: /fbclid/ },
  { channel: "search", source: SEARCH },
  { channel: "campaign", medium: /./ },
  { channel: "referral", source: /./ },
  { channel: "campaign" },
];
