"""Numbers of the elementwise operations.

Generated from jittape/ops/table.py by `python -m jittape.ops.generate`: do not edit."""

# ruff: noqa
# mypy: ignore-errors
ADD = 4
SUB = 5
MUL = 6
DIV = 7
FLOOR_DIVIDE = 8
MOD = 9
FMOD = 10
POW = 11
POWC = 12
NEG = 13
POS = 14
STOP_GRADIENT = 15
ABS = 16
SIGN = 17
SQRT = 18
CBRT = 19
SQUARE = 20
RECIPROCAL = 21
MULZ = 22
PRODUCT = 23
EXP = 24
EXP2 = 25
EXPM1 = 26
LOG = 27
LOG2 = 28
LOG10 = 29
LOG1P = 30
LOGADDEXP = 31
LOGADDEXP2 = 32
SIN = 33
COS = 34
TAN = 35
ARCSIN = 36
ARCCOS = 37
ARCTAN = 38
ARCTAN2 = 39
HYPOT = 40
SINH = 41
COSH = 42
TANH = 43
ARCSINH = 44
ARCCOSH = 45
ARCTANH = 46
SINC = 47
SINCN = 48
DEG2RAD = 49
RAD2DEG = 50
MAXIMUM = 51
MINIMUM = 52
FMAX = 53
FMIN = 54
WHERE = 55
CLIP = 56
HEAVISIDE = 57
COPYSIGN = 58
FLOOR = 59
CEIL = 60
RINT = 61
TRUNC = 62
ERF = 63
ERFC = 64
ERFCX = 65
ERFINV = 66
NDTR = 67
NDTRI = 68
LOG_NDTR = 69
LGAMMA = 70
GAMMA = 71
DIGAMMA = 72
POLYGAMMA = 73
SIGMOID = 74
SOFTPLUS = 75
LOG_SIGMOID = 76
LOGIT = 77
RELU = 78
XLOGY = 79
XLOG1PY = 80
I0 = 81
I1 = 82
J0 = 83
J1 = 84
IV = 85
JV = 86
LESS = 87
LESS_EQUAL = 88
GREATER = 89
GREATER_EQUAL = 90
EQUAL = 91
NOT_EQUAL = 92
LOGICAL_AND = 93
LOGICAL_OR = 94
LOGICAL_XOR = 95
LOGICAL_NOT = 96
ISNAN = 97
ISINF = 98
ISFINITE = 99
SIGNBIT = 100
GAMMAINC = 101
GAMMAINCC = 102
GAMMAINC_DA = 103
STDTR = 104
STDTR_DA = 105
OWENS_T = 106
GAMMAINC_DAA = 107
STDTR_DAA = 108
ROOT = 109
CORNER = 110
FIRST_MAX = 111
FIRST_MIN = 112
RGAMMA = 113
BETA = 114
BETALN = 115
BINOM = 116
POCH = 117
ZETA = 118
ZETAC = 119
ZETA_DS = 120
ZETA_DSS = 121
GAMMA_PDF = 122
GAMMAINCINV = 123
GAMMAINCCINV = 124
BETA_PDF = 125
BETAINC = 126
BETAINCC = 127
BETAINC_DA = 128
BETAINC_DB = 129
BETAINC_DAA = 130
BETAINC_DAB = 131
BETAINC_DBB = 132
BETAINCINV = 133
BETAINCCINV = 134
STUDENT_PDF = 135
STDTRIT = 136
NDTRI_EXP = 137
ERFCINV = 138
DAWSN = 139
ERFI = 140
EXP1 = 141
EXPI = 142
EXPN = 143
EXPREL = 144
EXPREL_N = 145
LOG1PREL = 146
LOG1PREL_N = 147
SPENCE = 148
SI = 149
CI = 150
SHI = 151
CHI = 152
FRESNEL_S = 153
FRESNEL_C = 154
LAMBERTW0 = 155
LAMBERTW1 = 156
WRIGHTOMEGA = 157
Y0 = 158
Y1 = 159
YV = 160
YVE = 161
JVE = 162
K0 = 163
K1 = 164
KV = 165
I0E = 166
I1E = 167
IVE = 168
K0E = 169
K1E = 170
KVE = 171
SPHERICAL_JN = 172
SPHERICAL_YN = 173
SPHERICAL_IN = 174
SPHERICAL_KN = 175
AIRY_AI = 176
AIRY_AIP = 177
AIRY_BI = 178
AIRY_BIP = 179
AIRYE_AI = 180
AIRYE_AIP = 181
AIRYE_BI = 182
AIRYE_BIP = 183
ELLIPK = 184
ELLIPK_N = 185
ELLIPKM1 = 186
ELLIPE = 187
ELLIPE_N = 188
ELLIPKINC = 189
ELLIPKINC_DM = 190
ELLIPKINC_DMM = 191
ELLIPEINC = 192
ELLIPEINC_DM = 193
ELLIPEINC_DMM = 194
HYP0F1 = 195
HYP1F1 = 196
HYPERU = 197
EVAL_GEGENBAUER = 198
EVAL_LEGENDRE = 199
EVAL_CHEBYT = 200
EVAL_CHEBYU = 201
EVAL_GENLAGUERRE = 202
EVAL_LAGUERRE = 203
EVAL_HERMITE = 204
EVAL_HERMITENORM = 205
LPMV = 206
BOXCOX = 207
BOXCOX1P = 208
INV_BOXCOX = 209
INV_BOXCOX1P = 210
ENTR = 211
REL_ENTR = 212
PSEUDO_HUBER = 213
COSM1 = 214
SINDG = 215
COSDG = 216
TANDG = 217
COTDG = 218
EXP10 = 219
SECH_SQUARED = 220
UNIT_GAP = 221
GAUSSIAN_TAIL = 222
SWITCH = frozenset([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 57, 58, 59, 60, 61, 62, 63, 64, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 109, 110, 111, 112, 220, 221])
EXTERNALS = {
    19: ('cbrt',),
    65: ('erfcx', 'gaussian_tail'),
    66: ('erfinv',),
    67: ('ndtr',),
    68: ('ndtri',),
    69: ('erfcx', 'log_ndtr'),
    81: ('i0', 'i1'),
    82: ('i0', 'i1', 'iv'),
    83: ('j0', 'j1'),
    84: ('j0', 'j1', 'jv'),
    85: ('iv',),
    86: ('jv',),
    101: ('gammainc', 'gammainc_da', 'lgamma'),
    102: ('gammainc_da', 'gammaincc', 'lgamma'),
    103: ('digamma', 'gammainc_da', 'gammainc_daa', 'lgamma'),
    104: ('lgamma', 'stdtr', 'stdtr_da'),
    105: ('digamma', 'lgamma', 'stdtr_da', 'stdtr_daa'),
    106: ('owens_t',),
    107: ('digamma', 'gammainc_daa', 'lgamma', 'polygamma'),
    108: ('digamma', 'lgamma', 'polygamma', 'stdtr_daa'),
    113: ('digamma', 'gamma', 'rgamma'),
    114: ('beta', 'digamma'),
    115: ('betaln', 'digamma'),
    116: ('binom', 'digamma'),
    117: ('digamma', 'poch'),
    118: ('hurwitz', 'hurwitz_ds'),
    119: ('hurwitz_ds', 'zetac'),
    120: ('hurwitz', 'hurwitz_ds', 'hurwitz_dss'),
    121: ('hurwitz_ds', 'hurwitz_dss'),
    122: ('digamma', 'gamma_density'),
    123: ('gamma_density', 'gammainc_da', 'gammaincinv'),
    124: ('gamma_density', 'gammainc_da', 'gammainccinv'),
    125: ('betaln', 'digamma'),
    126: ('betainc', 'betainc_d', 'betaln'),
    127: ('betainc_d', 'betaincc', 'betaln'),
    128: ('betainc_d', 'betaln', 'digamma'),
    129: ('betainc_d', 'betaln', 'digamma'),
    130: ('betainc_d', 'betaln', 'digamma', 'polygamma'),
    131: ('betainc_d', 'betaln', 'digamma', 'polygamma'),
    132: ('betainc_d', 'betaln', 'digamma', 'polygamma'),
    133: ('betainc_d', 'betaincinv', 'betaln'),
    134: ('betainc_d', 'betainccinv', 'betaln'),
    135: ('digamma', 'student_density'),
    136: ('stdtr_da', 'stdtrit', 'student_density'),
    137: ('ndtri_exp',),
    138: ('erfcinv',),
    139: ('dawsn', 'gaussian_tail'),
    140: ('erfi',),
    141: ('exp1',),
    142: ('expi',),
    143: ('expn',),
    144: ('exprel', 'expreln'),
    145: ('expreln',),
    146: ('log1preln',),
    147: ('log1preln',),
    148: ('log1preln', 'spence'),
    149: ('sici_si',),
    150: ('sici_ci',),
    151: ('exprel', 'shichi_shi'),
    152: ('shichi_chi',),
    153: ('fresnel_s',),
    154: ('fresnel_c',),
    155: ('lambertw0',),
    156: ('lambertw1',),
    157: ('wrightomega',),
    158: ('y0', 'y1'),
    159: ('y0', 'y1', 'yv'),
    160: ('yv',),
    161: ('yve',),
    162: ('jve',),
    163: ('k0', 'k1'),
    164: ('k0', 'k1', 'kv'),
    165: ('kv',),
    166: ('i0e', 'i1e'),
    167: ('i0e', 'i1e', 'ive'),
    168: ('ive',),
    169: ('k0e', 'k1e'),
    170: ('k0e', 'k1e', 'kve'),
    171: ('kve',),
    172: ('spherical_jn',),
    173: ('spherical_yn',),
    174: ('spherical_in',),
    175: ('spherical_kn',),
    176: ('airy_ai', 'airy_aip'),
    177: ('airy_ai', 'airy_aip'),
    178: ('airy_bi', 'airy_bip'),
    179: ('airy_bi', 'airy_bip'),
    180: ('airye_ai', 'airye_aip'),
    181: ('airye_ai', 'airye_aip'),
    182: ('airye_bi', 'airye_bip'),
    183: ('airye_bi', 'airye_bip'),
    184: ('ellipk', 'ellipk_n'),
    185: ('ellipk_n',),
    186: ('ellipe', 'ellipk_n', 'ellipkm1'),
    187: ('ellipe', 'ellipe_n'),
    188: ('ellipe_n',),
    189: ('ellipkinc', 'ellipkinc_dm'),
    190: ('ellipkinc_dm', 'ellipkinc_dmm'),
    191: ('ellipkinc_dmm',),
    192: ('ellipeinc', 'ellipeinc_dm'),
    193: ('ellipeinc_dm', 'ellipeinc_dmm'),
    194: ('ellipeinc_dmm',),
    195: ('hyp0f1',),
    196: ('hyp1f1',),
    197: ('hyperu',),
    198: ('eval_gegenbauer',),
    199: ('eval_gegenbauer', 'eval_legendre'),
    200: ('eval_chebyt', 'eval_chebyu'),
    201: ('eval_chebyu', 'eval_gegenbauer'),
    202: ('eval_genlaguerre',),
    203: ('eval_genlaguerre', 'eval_laguerre'),
    204: ('eval_hermite',),
    205: ('eval_hermitenorm',),
    206: ('lpmv',),
    207: ('boxcox', 'expreln'),
    208: ('boxcox1p', 'expreln'),
    209: ('inv_boxcox', 'log1preln'),
    210: ('inv_boxcox1p', 'log1preln'),
    211: ('entr',),
    212: ('rel_entr',),
    213: ('pseudo_huber',),
    214: ('cosm1',),
    215: ('cosdg', 'sindg'),
    216: ('cosdg', 'sindg'),
    217: ('tandg',),
    218: ('cotdg',),
    219: ('exp10',),
    222: ('gaussian_tail',),
}
READS = {
    4: (16, 16),
    5: (16, 0),
    6: (2, 1),
    7: (2, 10),
    8: (-1, -1),
    9: (16, 3),
    10: (16, 3),
    11: (3, 11),
    12: (3, -1),
    13: (0,),
    14: (16,),
    15: (-1,),
    16: (1,),
    17: (-1,),
    18: (8,),
    19: (8,),
    20: (1,),
    21: (8,),
    22: (2, 1),
    23: (2, 1),
    24: (8,),
    25: (8,),
    26: (1,),
    27: (1,),
    28: (1,),
    29: (1,),
    30: (1,),
    31: (3, 3),
    32: (3, 3),
    33: (1,),
    34: (1,),
    35: (8,),
    36: (1,),
    37: (1,),
    38: (1,),
    39: (3, 3),
    40: (11, 11),
    41: (1,),
    42: (1,),
    43: (8,),
    44: (1,),
    45: (1,),
    46: (1,),
    47: (1,),
    48: (-1, 3),
    49: (0,),
    50: (0,),
    51: (3, 3),
    52: (3, 3),
    53: (3, 3),
    54: (3, 3),
    55: (-1, 1, 1),
    56: (7, 7, 7),
    57: (-1, 1),
    58: (3, -1),
    59: (-1,),
    60: (-1,),
    61: (-1,),
    62: (-1,),
    63: (1,),
    64: (1,),
    65: (9,),
    66: (8,),
    67: (1,),
    68: (8,),
    69: (9,),
    70: (1,),
    71: (9,),
    72: (1,),
    73: (-1, 3),
    74: (1,),
    75: (1,),
    76: (1,),
    77: (1,),
    78: (1,),
    79: (3, 3),
    80: (2, 3),
    81: (1,),
    82: (1,),
    83: (1,),
    84: (1,),
    85: (-1, 3),
    86: (-1, 3),
    87: (-1, -1),
    88: (-1, -1),
    89: (-1, -1),
    90: (-1, -1),
    91: (-1, -1),
    92: (-1, -1),
    93: (-1, -1),
    94: (-1, -1),
    95: (-1, -1),
    96: (-1,),
    97: (-1,),
    98: (-1,),
    99: (-1,),
    100: (-1,),
    101: (3, 3),
    102: (3, 3),
    103: (3, 3),
    104: (3, 3),
    105: (3, 3),
    106: (3, 3),
    107: (3, 3),
    108: (3, 3),
    109: (9,),
    110: (16,),
    111: (3, 3),
    112: (3, 3),
    113: (9,),
    114: (11, 11),
    115: (3, 3),
    116: (11, 11),
    117: (11, 11),
    118: (3, 3),
    119: (1,),
    120: (3, 3),
    121: (3, 3),
    122: (11, 11),
    123: (9, 9),
    124: (9, 9),
    125: (15, 15, 15),
    126: (7, 7, 7),
    127: (7, 7, 7),
    128: (7, 7, 7),
    129: (7, 7, 7),
    130: (3, 3, 7),
    131: (3, 3, 7),
    132: (3, 3, 7),
    133: (15, 15, 11),
    134: (15, 15, 11),
    135: (11, 11),
    136: (11, 9),
    137: (9,),
    138: (8,),
    139: (9,),
    140: (1,),
    141: (1,),
    142: (1,),
    143: (-1, 3),
    144: (1,),
    145: (-1, 3),
    146: (1,),
    147: (-1, 3),
    148: (1,),
    149: (1,),
    150: (1,),
    151: (1,),
    152: (1,),
    153: (1,),
    154: (1,),
    155: (9,),
    156: (9,),
    157: (8,),
    158: (1,),
    159: (1,),
    160: (-1, 3),
    161: (-1, 3),
    162: (-1, 3),
    163: (1,),
    164: (1,),
    165: (-1, 3),
    166: (9,),
    167: (9,),
    168: (-1, 11),
    169: (9,),
    170: (9,),
    171: (-1, 11),
    172: (-1, 3),
    173: (-1, 3),
    174: (-1, 3),
    175: (-1, 3),
    176: (1,),
    177: (1,),
    178: (1,),
    179: (1,),
    180: (9,),
    181: (9,),
    182: (9,),
    183: (9,),
    184: (1,),
    185: (-1, 3),
    186: (9,),
    187: (1,),
    188: (-1, 3),
    189: (3, 3),
    190: (3, 3),
    191: (3, 3),
    192: (3, 3),
    193: (3, 3),
    194: (3, 3),
    195: (-1, 3),
    196: (-1, -1, 7),
    197: (-1, -1, 7),
    198: (-1, -1, 7),
    199: (-1, 3),
    200: (-1, 3),
    201: (-1, 3),
    202: (-1, -1, 7),
    203: (-1, 3),
    204: (-1, 3),
    205: (-1, 3),
    206: (-1, -1, 15),
    207: (3, 3),
    208: (3, 3),
    209: (10, 11),
    210: (10, 11),
    211: (1,),
    212: (3, 3),
    213: (3, 3),
    214: (1,),
    215: (1,),
    216: (1,),
    217: (8,),
    218: (8,),
    219: (8,),
    220: (9,),
    221: (1,),
    222: (-1, -1, 7),
}
"""For each operand what its partial derivative reads, and UNIT: see KERNELS of ops/layout.py; NOTHING where it is zero."""
CHEAP = frozenset([4, 5, 6, 7, 13, 14, 15, 20, 21, 22, 49, 50, 51, 52, 53, 54, 55, 56, 78, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 110, 111, 112, 221])
SAME = frozenset([4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 78, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 109, 110, 111, 112, 221])
MASKS = frozenset([87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100])
