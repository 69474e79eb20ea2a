/// A function of up to three elements p, q and r: the functions of elementwise arithmetic, and of its gradients.
package enum Formula: Sendable {
    // Of p.
    case copy, negative, absolute, square, squareRoot, reciprocalSquareRoot, logarithm
    /// The smallest whole number that is not below p.
    case ceiling
    /// The nearest whole number; of two, the even one.
    case rounded
    case sine, cosine, arctangent, arcsine, errorFunction
    /// ln(1 + p).
    case logarithmOfOnePlus
    /// e^p − 1.
    case exponentialMinusOne
    // Of p and q.
    /// The angle of the point (q, p) from −π to π.
    case angle
    case add, subtract, multiply, divide, maximum, minimum, power
    /// 1 if p is q, otherwise 0.
    case isEqual
    /// 1 if p is not q, otherwise 0.
    case isUnequal
    /// 1 if p is larger than q, otherwise 0.
    case isGreater
    /// 1 if p is larger than q or equal to it, otherwise 0.
    case isGreaterOrEqual
    /// q if p is not 0, otherwise r.
    case select
    // Gradients: p is dy.
    /// Of q/r with respect to r: −p·q/r².
    case quotientGradient
    /// p if r is larger than q, p/2 if they are equal, otherwise 0.
    case shareOfLarger
    /// p if r is smaller than q, p/2 if they are equal, otherwise 0.
    case shareOfSmaller
    /// p if q is r, otherwise 0.
    case whereEqual
    /// p if q is not r, otherwise 0.
    case whereUnequal
    /// Of r^q with respect to r: p·q·r^(q − 1).
    case powerGradient
    /// Of |q|: p·sign(q).
    case absoluteGradient
    /// Of q²: 2·p·q.
    case squareGradient
    /// Of √, whose result is q: p/2q.
    case squareRootGradient
    /// Of 1/√, whose result is q: −p·q³/2.
    case reciprocalSquareRootGradient
    /// Of sin q: p·cos q.
    case sineGradient
    /// Of cos q: −p·sin q.
    case cosineGradient
    /// Of arctan q: p/(1 + q²).
    case arctangentGradient
    /// Of arcsin q: p/√(1 − q²).
    case arcsineGradient
    /// Of erf q: 2p·e^(−q²)/√π.
    case errorFunctionGradient
    /// Of ln(1 + q): p/(1 + q).
    case logarithmOfOnePlusGradient
    /// Of e^x − 1, whose result is q: p·(q + 1).
    case exponentialMinusOneGradient
    /// Of the angle of (q, r) with respect to r: p·q/(q² + r²).
    case angleGradient
    /// Of the angle of (r, q) with respect to r: −p·q/(q² + r²).
    case oppositeAngleGradient

    /// Calls a visitor with the function as a type, so that the compiler makes a loop for each function.
    @inline(__always)
    func accept(_ visitor: some FormulaVisitor) {
        switch self {
        case .copy: visitor.visit(Identity.self)
        case .negative: visitor.visit(Negative.self)
        case .absolute: visitor.visit(Absolute.self)
        case .square: visitor.visit(Square.self)
        case .squareRoot: visitor.visit(SquareRoot.self)
        case .reciprocalSquareRoot: visitor.visit(ReciprocalSquareRoot.self)
        case .logarithm: visitor.visit(Logarithm.self)
        case .ceiling: visitor.visit(Ceiling.self)
        case .rounded: visitor.visit(Rounded.self)
        case .sine: visitor.visit(Sine.self)
        case .cosine: visitor.visit(Cosine.self)
        case .arctangent: visitor.visit(Arctangent.self)
        case .arcsine: visitor.visit(Arcsine.self)
        case .errorFunction: visitor.visit(ErrorFunction.self)
        case .logarithmOfOnePlus: visitor.visit(LogarithmOfOnePlus.self)
        case .exponentialMinusOne: visitor.visit(ExponentialMinusOne.self)
        case .angle: visitor.visit(Angle.self)
        case .add: visitor.visit(Add.self)
        case .subtract: visitor.visit(Subtract.self)
        case .multiply: visitor.visit(Multiply.self)
        case .divide: visitor.visit(Divide.self)
        case .maximum: visitor.visit(Maximum.self)
        case .minimum: visitor.visit(Minimum.self)
        case .power: visitor.visit(Power.self)
        case .isEqual: visitor.visit(IsEqual.self)
        case .isUnequal: visitor.visit(IsUnequal.self)
        case .isGreater: visitor.visit(IsGreater.self)
        case .isGreaterOrEqual: visitor.visit(IsGreaterOrEqual.self)
        case .select: visitor.visit(Select.self)
        case .quotientGradient: visitor.visit(QuotientGradient.self)
        case .shareOfLarger: visitor.visit(ShareOfLarger.self)
        case .shareOfSmaller: visitor.visit(ShareOfSmaller.self)
        case .whereEqual: visitor.visit(WhereEqual.self)
        case .whereUnequal: visitor.visit(WhereUnequal.self)
        case .powerGradient: visitor.visit(PowerGradient.self)
        case .absoluteGradient: visitor.visit(AbsoluteGradient.self)
        case .squareGradient: visitor.visit(SquareGradient.self)
        case .squareRootGradient: visitor.visit(SquareRootGradient.self)
        case .reciprocalSquareRootGradient: visitor.visit(ReciprocalSquareRootGradient.self)
        case .sineGradient: visitor.visit(SineGradient.self)
        case .cosineGradient: visitor.visit(CosineGradient.self)
        case .arctangentGradient: visitor.visit(ArctangentGradient.self)
        case .arcsineGradient: visitor.visit(ArcsineGradient.self)
        case .errorFunctionGradient: visitor.visit(ErrorFunctionGradient.self)
        case .logarithmOfOnePlusGradient: visitor.visit(LogarithmOfOnePlusGradient.self)
        case .exponentialMinusOneGradient: visitor.visit(ExponentialMinusOneGradient.self)
        case .angleGradient: visitor.visit(AngleGradient.self)
        case .oppositeAngleGradient: visitor.visit(OppositeAngleGradient.self)
        }
    }
}

protocol FormulaVisitor {
    func visit<Function: LanesFunction>(_ function: Function.Type)
}
