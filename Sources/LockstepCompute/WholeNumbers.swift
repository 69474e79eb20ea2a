/// Floats tell all whole numbers below this apart; 16777217 becomes 16777216.
package let wholeNumberLimit = 1 << 24
