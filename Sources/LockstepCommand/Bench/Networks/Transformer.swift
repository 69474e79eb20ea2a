import Lockstep

extension Network {
    /// A small encoder of sequences of whole numbers below 10,000: an embedding of width 128, two blocks of attention
    /// with 4 heads and a layer 512 wide (Vaswani et al., 2017), and the mean over time. It has no positions.
    static func transformer(_ numbers: SymbolicTensor) -> SymbolicTensor {
        var x = Embedding(10_000, 128)(numbers)
        for _ in 0..<2 {
            let attended = MultiHeadAttention(numHeads: 4, keyDim: 32)(x, x)
            x = LayerNormalization(epsilon: 1e-6)(Add()(x, attended))
            let wide = Dense(512, activation: .relu)(x)
            x = LayerNormalization(epsilon: 1e-6)(Add()(x, Dense(128)(wide)))
        }
        return Dense(10, activation: .softmax)(GlobalAveragePooling1D()(x))
    }
}
