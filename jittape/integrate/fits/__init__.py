"""Fits with statistics: estimates, standard errors, intervals, bands and reports.

`curve_fit` is SciPy's with exact derivatives, `maximum_likelihood` for likelihoods of one's own. The modules:

    curve | likelihood     the two kinds of fits
    fit                    what both give: estimates, covariances, intervals, reports
    profile                intervals by profiles
    report | charts        in words; as pictures
    solve                  the estimates
    losses                 robust losses
"""

from jittape.integrate.fits.curve import CurveFit, curve_fit
from jittape.integrate.fits.fit import Fit
from jittape.integrate.fits.likelihood import LikelihoodFit, maximum_likelihood

__all__ = ["CurveFit", "Fit", "LikelihoodFit", "curve_fit", "maximum_likelihood"]
