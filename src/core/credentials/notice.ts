/** Something the user should know although the work goes on. Holds no secrets. */
export interface Notice {
  /** Stable: `permissions_repaired`, `permissions_loose`, `credentials_not_saved`, `save_completed`. */
  code: string;
  message: string;
}

export type OnNotice = (notice: Notice) => void;
