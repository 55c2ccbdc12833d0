import Glibc

/// Powers and logarithms, which the standard library does not have.
public enum RealPower {
  public static func of(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  public static func log10(_ number: Double) -> Double { Glibc.log10(number) }
  public static func log2(_ number: Double) -> Double { Glibc.log2(number) }
}
