// A statistic as the cells of a figure's table: value, low and high, or why there is none.

import { isMissing, type Statistic } from '../../../results/estimate.ts'
import { missingText } from '../../../results/figures.ts'

export const numbersOf = (statistic: Statistic): (string | number | null)[] =>
  isMissing(statistic) ? [missingText(statistic.missing), null, null] : [statistic.value, statistic.low, statistic.high]
