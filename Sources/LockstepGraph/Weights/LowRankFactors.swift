/// The factors of a change of low rank, `scale·A·B`, of a weight W (Hu et al., 2021). W is `[…, columns]`, A `[…, rank]`
/// and B `[rank, columns]`.
package struct LowRankFactors {
    package let a, b: Weight
    package let scale: Float

    package init(a: Weight, b: Weight, scale: Float) { (self.a, self.b, self.scale) = (a, b, scale) }
}
